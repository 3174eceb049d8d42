/** A list of breached passwords on this machine, over TLS, that answers as Have I Been Pwned does. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { IncomingHttpHeaders } from 'node:http'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { findFreePort } from '../support/free-port.ts'

export interface BreachList {
  readonly url: string
  /** The certificate that a client has to trust. */
  readonly certificateFile: string
  /** The passwords that are known. */
  readonly known: Set<string>
  /** Passwords whose hashes are sent with the count 0, which means nothing. */
  readonly padding: Set<string>
  readonly asked: { path: string; headers: IncomingHttpHeaders }[]
  /** What it does instead of answering; null: it answers. */
  mood: 'redirect' | 'fault' | 'silence' | null
  remove(): Promise<void>
}

const run = promisify(execFile)

export async function startBreachList(): Promise<BreachList> {
  const folder = await mkdtemp(path.join(tmpdir(), 'letterlock-breaches-'))
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => path.join(folder, name)) as [string, string] // two names, two paths
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const names = ['-days', '1', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  await run('openssl', [...request, ...names, '-keyout', key, '-out', cert])
  const port = await findFreePort()
  const list: BreachList = {
    url: `https://localhost:${port}`,
    certificateFile: cert,
    known: new Set(),
    padding: new Set(),
    asked: [],
    mood: null,
    remove: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(folder, { recursive: true })
    },
  }
  const server = createServer(
    { key: await readFile(key), cert: await readFile(cert) },
    ({ url = '', headers }, response) => {
      list.asked.push({ path: url, headers })
      if (list.mood === 'silence') return
      if (list.mood === 'redirect') response.writeHead(302, { Location: `${list.url}/elsewhere` })
      if (list.mood === 'fault') response.writeHead(500)
      response.end(list.mood === null ? answer(list, url.split('/').at(-1) ?? '') : '')
    },
  )
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return list
}

/** What stands behind the prefix in the hashes that begin so, each with its count. */
function answer({ known, padding }: BreachList, prefix: string): string {
  const lines = (passwords: ReadonlySet<string>, count: number) =>
    [...passwords]
      .map((one) => createHash('sha1').update(one).digest('hex').toUpperCase())
      .filter((hash) => hash.startsWith(prefix))
      .map((hash) => `${hash.slice(5)}:${count}`)
  return [...lines(known, 7), ...lines(padding, 0)].join('\r\n')
}
