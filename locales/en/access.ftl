# Programs: their keys and tokens

access-name-missing = Write a name, for example that of the program that gets the key.
access-scopes-missing = Choose at least one thing that the key may do.
access-expiry-past = Choose a time in the future.
access-no-such-number = There is no such number in this workspace.
access-too-many-keys = A workspace has at most { $most } keys. Revoke one first.

access-refused-token = The access token is not valid here, or its login has ended. Log in again, or use the refresh token.
access-refused-token-expired = The access token has expired. Get the next one with the refresh token.
access-refused-key = There is no such API key, or it was revoked. Make a new one in the settings.
access-refused-key-expired = The API key has expired. Make a new one in the settings.
access-refused-refresh-token = The refresh token is not valid, has expired, or its login has ended. Log in again.
access-refused-reused = This refresh token was used before, so somebody has a copy of it. All tokens of this login were ended; log in again.
access-refused-second-factor = This account uses two-step verification: send the code from the authenticator app, or a recovery code, as code.
access-refused-workspace = You are not a member of a workspace with this id.
access-not-found = There is no such key in this workspace.
