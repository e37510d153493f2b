// An unmodified Baileys client as a companion of a simulated phone, driven over stdin and stdout in JSON lines.
//
//   node baileys-peer.mjs <websocket url> <root public key in hex>
//
// Tells:  {"qr": "…"}  {"open": {"id": "…"}}  {"message": {"from", "id", "text", "from_me"}}  {"update": {"id", "status"}}
//         {"sent": {"id"}}  {"closed": code}
// Takes:  {"send": {"to": "digits or jid", "text": "…"}}  {"end": true}
import { createInterface } from 'node:readline'
import makeWASocket, { WA_CERT_DETAILS, BufferJSON, initAuthCreds, makeCacheableSignalKeyStore, proto } from 'baileys'

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
    for (const { key, message, pushName } of messages) {
      const text = message?.conversation ?? message?.extendedTextMessage?.text
      if (text === undefined || text === null) continue
      say({ message: { from: key.remoteJid, alt: key.remoteJidAlt, id: key.id, text, from_me: !!key.fromMe, pushName } })
    }
  })
  socket.ev.on('messages.update', (updates) => {
    for (const { key, update } of updates) if (update.status !== undefined) say({ update: { id: key.id, status: update.status } })
  })
}

createInterface({ input: process.stdin }).on('line', async (line) => {
  const command = JSON.parse(line)
  if (command.send) {
    const { to, text } = command.send
    try {
      const sent = await socket.sendMessage(to.includes('@') ? to : `${to}@s.whatsapp.net`, { text })
      say({ sent: { id: sent.key.id } })
    } catch (error) {
      say({ failed: String(error) })
    }
  }
  if (command.end) {
    ending = true
    socket.end(undefined)
    process.exit(0)
  }
})

connect()
