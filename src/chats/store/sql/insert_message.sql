INSERT INTO messages (
    public_id, workspace_id, session_id, chat_id, wa_id, sender, kind, origin, status, at, shown, unread, body, detail,
    quoted_wa_id, author, created_at, raw
) VALUES (
    :public, :workspace, :session, :chat, :wa_id, :sender, :kind, :origin, :status, :at, :shown, :unread, :body,
    :detail, :quoted, :author, :now, :raw
)
-- A message that could not be decrypted comes again under the same id once its sender was asked; nothing else changes
-- a message that is there.
ON CONFLICT (chat_id, wa_id, sender) DO UPDATE
    SET kind = excluded.kind, body = excluded.body, detail = excluded.detail, shown = excluded.shown,
        quoted_wa_id = excluded.quoted_wa_id, raw = excluded.raw
    WHERE messages.kind = 'undecryptable' AND excluded.kind <> 'undecryptable'
RETURNING id, public_id
