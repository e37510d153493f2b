INSERT INTO messages (
    public_id, workspace_id, session_id, chat_id, wa_id, sender, kind, origin, status, at, shown, unread, body, words,
    detail, context, quoted_wa_id, quote, album, author, created_at, raw
) VALUES (
    :public, :workspace, :session, :chat, :wa_id, :sender, :kind, :origin, :status, :at, :shown, :unread, :body, :words,
    :detail, :context, :quoted, :quote, :album, :author, :now, :raw
)
-- A message that could not be decrypted comes again under the same id once its sender was asked; nothing else changes
-- a message that is there.
ON CONFLICT (chat_id, wa_id, sender) DO UPDATE
    SET kind = excluded.kind, body = excluded.body, words = excluded.words, detail = excluded.detail,
        context = excluded.context, shown = excluded.shown, quoted_wa_id = excluded.quoted_wa_id,
        quote = excluded.quote, album = excluded.album, raw = excluded.raw,
        unread = messages.unread AND excluded.shown
    WHERE messages.kind = 'undecryptable' AND excluded.kind <> 'undecryptable'
RETURNING id, public_id, at
