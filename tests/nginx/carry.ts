/**
 * A program that carries plain HTTP to a site under TLS and its name, for tools that cannot say a name in the handshake:
 * `node carry.ts <own port> <site's port> <file of the CA>`. Says `ready` when it listens, and runs until it is ended.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { connect } from 'node:tls'

const [ownPort, sitePort, file = ''] = process.argv.slice(2)
const servername = 'letterlock.test'
const ca = readFileSync(file)

const server = createServer({ noDelay: true }, (inner) => {
  const outer = connect({ host: '127.0.0.1', port: Number(sitePort), servername, ca })
  // Each byte goes on as it comes; only the name in the head is made the site's.
  inner.on('data', (part) =>
    outer.write(part.toString('latin1').replace(/^Host: .*$/m, `Host: ${servername}`), 'latin1'),
  )
  // Reading slowly at one end has to mean reading slowly at the other.
  outer.pipe(inner)
  inner.on('error', () => outer.destroy()).on('close', () => outer.destroy())
  outer.on('error', () => inner.destroy()).on('close', () => inner.destroy())
})
server.listen(Number(ownPort), '127.0.0.1', 1024, () => process.stdout.write('ready\n'))
