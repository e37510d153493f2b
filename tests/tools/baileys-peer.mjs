// An unmodified Baileys client as a companion of a simulated phone, driven over stdin and stdout in JSON lines.
//
//   node baileys-peer.mjs <websocket url> <root public key in hex>
//
// Tells:  {"qr": "…"}  {"open": {"id": "…"}}  {"closed": code}  {"update": {"id", "status"}}
//         {"message": {"from", "id", "from_me", "kind", "text", "content"}}: kind and content as this client reads them
//         {"sent": {"id"}}  {"failed": "…"}  {"file": {"id", "sha256"}}
// Takes:  {"send": {"to": "digits or jid", "text": "…"}}, or with "content": whatever the client's own sendMessage takes, and
//         "quoted": the id of a message. Within it {"$file": "base64"} is a file, {"$key": "id"} and {"$message": "id"} are
//         those of a message that was sent or came before, {"$date": seconds} is a time.
//         {"relay": {"to", "message": {…}}}: any protobuf.  {"download": "id"}: opens a message's file.  {"end": true}
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import makeWASocket, {
  BufferJSON, DEF_MEDIA_HOST, MEDIA_PATH_MAP, WA_CERT_DETAILS, downloadMediaMessage, getContentType, initAuthCreds,
  makeCacheableSignalKeyStore, normalizeMessageContent, proto,
} from 'baileys'

const [url, root] = process.argv.slice(2)
WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(root, 'hex')

const say = (line) => process.stdout.write(JSON.stringify(line) + '\n')
// The client's Signal library prints key material to the console; nothing of it may reach a log.
for (const level of ['log', 'info', 'warn', 'error', 'debug', 'trace']) console[level] = () => {}
const silent = { level: 'silent', child: () => silent, trace() {}, debug() {}, info() {}, warn() {}, error() {}, fatal() {} }

const creds = initAuthCreds()
const kept = new Map()
const keys = makeCacheableSignalKeyStore(
  {
    async get(type, ids) {
      const found = {}
      for (const id of ids) {
        const text = kept.get(`${type}/${id}`)
        if (text === undefined) continue
        let value = JSON.parse(text, BufferJSON.reviver)
        if (type === 'app-state-sync-key') value = proto.Message.AppStateSyncKeyData.fromObject(value)
        found[id] = value
      }
      return found
    },
    async set(data) {
      for (const [type, rows] of Object.entries(data)) {
        for (const [id, value] of Object.entries(rows)) {
          if (value) kept.set(`${type}/${id}`, JSON.stringify(value, BufferJSON.replacer))
          else kept.delete(`${type}/${id}`)
        }
      }
    },
  },
  silent,
)

let socket
let ending = false
/** Messages that were sent or came, by id. */
const known = new Map()

// The network's files are on plain HTTP; the client knows HTTPS only.
let files = ''
const fetched = globalThis.fetch
globalThis.fetch = (url, options) => fetched(String(url).replace(`https://${DEF_MEDIA_HOST}`, files), options)

async function upload(file, { mediaType, fileEncSha256B64 }) {
  const { auth, hosts } = await socket.refreshMediaConn(false)
  files = `http://${hosts[0].hostname}`
  const token = fileEncSha256B64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
  const address = `${files}${MEDIA_PATH_MAP[mediaType]}/${token}?auth=${encodeURIComponent(auth)}&token=${token}`
  const answer = await fetched(address, { method: 'POST', body: Buffer.isBuffer(file) ? file : await readFile(file) })
  const { url, direct_path } = await answer.json()
  return { mediaUrl: url, directPath: direct_path }
}

/** What stands for something that JSON cannot hold. */
function filled(value) {
  if (Array.isArray(value)) return value.map(filled)
  if (value === null || typeof value !== 'object') return value
  if ('$file' in value) return Buffer.from(value.$file, 'base64')
  if ('$key' in value) return known.get(value.$key).key
  if ('$message' in value) return known.get(value.$message)
  if ('$date' in value) return new Date(value.$date * 1000)
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, filled(inner)]))
}

const jid = (to) => (to.includes('@') ? to : `${to}@s.whatsapp.net`)

const tasks = {
  async send({ to, text, content, quoted }) {
    const message = await socket.sendMessage(jid(to), content ? filled(content) : { text }, {
      // An invitation would ask for the group's picture, and fail where there is none.
      upload, quoted: quoted && known.get(quoted), getProfilePicUrl: undefined,
    })
    known.set(message.key.id, message)
    say({ sent: { id: message.key.id } })
  },
  async relay({ to, message }) {
    say({ sent: { id: await socket.relayMessage(jid(to), proto.Message.fromObject(filled(message)), {}) } })
  },
  async download(id) {
    const { hosts } = await socket.refreshMediaConn(false)
    files = `http://${hosts[0].hostname}`
    const file = await downloadMediaMessage(known.get(id), 'buffer', {})
    say({ file: { id, sha256: createHash('sha256').update(file).digest('hex') } })
  },
}

function connect() {
  socket = makeWASocket({
    waWebSocketUrl: url,
    auth: { creds, keys },
    logger: silent,
    version: [2, 3000, 1023223821],
    browser: ['Debian', 'Chrome', '120'],
    markOnlineOnConnect: true,
    syncFullHistory: false,
  })
  socket.ev.on('creds.update', (update) => Object.assign(creds, update))
  socket.ev.on('connection.update', ({ connection, qr, lastDisconnect }) => {
    if (qr) say({ qr })
    if (connection === 'open') say({ open: { id: socket.user?.id } })
    if (connection === 'close') {
      const code = lastDisconnect?.error?.output?.statusCode ?? 0
      say({ closed: code })
      // 515 ends every pairing: the application has to come again. 401 is a logout.
      if (!ending && code !== 401) connect()
    }
  })
  socket.ev.on('messages.upsert', ({ messages }) => {
    for (const whole of messages) {
      const { key, message } = whole
      const inner = normalizeMessageContent(message)
      const kind = inner && getContentType(inner)
      if (!kind) continue
      known.set(key.id, whole)
      const text = inner.conversation ?? inner.extendedTextMessage?.text ?? inner[kind]?.caption
      const content = proto.Message.toObject(proto.Message.create(inner), { bytes: String, longs: Number })
      const { remoteJid: from, remoteJidAlt: alt, id, fromMe } = key
      say({ message: { from, alt, id, from_me: !!fromMe, kind, text, content: content[kind], viewOnce: !!key.isViewOnce } })
    }
  })
  socket.ev.on('messages.update', (updates) => {
    for (const { key, update } of updates) if (update.status !== undefined) say({ update: { id: key.id, status: update.status } })
  })
}

createInterface({ input: process.stdin }).on('line', async (line) => {
  const command = JSON.parse(line)
  for (const [name, what] of Object.entries(command)) {
    if (!tasks[name]) continue
    try {
      await tasks[name](what)
    } catch (error) {
      say({ failed: `${name}: ${error?.stack ?? error}` })
    }
  }
  if (command.end) {
    ending = true
    socket.end(undefined)
    process.exit(0)
  }
})

connect()
