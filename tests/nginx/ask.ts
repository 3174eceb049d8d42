/** Requests to the site by its name, on this machine, by its own CA. */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type IncomingHttpHeaders, type IncomingMessage, request as requestPlain } from 'node:http'
import { request } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { connect as connectTls } from 'node:tls'
import { DOMAIN, type Site } from './site.ts'

export interface Asking {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** By plain HTTP. */
  readonly isPlain?: boolean
  /** Returns when the head is there. */
  readonly isLeftOpen?: boolean
  /** The address of this machine that it comes from: 127.0.0.1 and on. */
  readonly from?: string
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Empty when the answer was left open. */
  readonly body: Buffer
  readonly certificateSerial: string | null
  nextText(): Promise<string>
  close(): void
}

export async function ask(site: Site, path: string, asking: Asking = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body, isPlain = false, isLeftOpen = false, from } = asking
  const port = isPlain ? site.httpPort : site.httpsPort
  const options = {
    host: '127.0.0.1',
    port,
    path,
    method,
    headers: { Host: `${DOMAIN}:${port}`, ...headers },
    ...(from === undefined ? {} : { localAddress: from }),
  }
  const made = isPlain
    ? requestPlain({ ...options, agent: false })
    : request({ ...options, agent: false, servername: DOMAIN, ca: await readFile(site.certificate.ca) })
  made.end(body)
  const [response] = (await once(made, 'response')) as [IncomingMessage] // what the event gives
  // A request by https has a socket with a certificate.
  const certificateSerial = isPlain ? null : (response.socket as TLSSocket).getPeerCertificate().serialNumber
  const parts: Buffer[] = []
  if (!isLeftOpen) for await (const part of response) parts.push(part as Buffer) // no encoding is set
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: Buffer.concat(parts),
    certificateSerial,
    nextText: async () => String((await once(response, 'data'))[0]),
    close: () => void made.destroy(),
  }
}

/** Sends these bytes as they are over TLS, and gives all that comes back until the other side ends. */
export async function sendRaw(site: Site, bytes: string): Promise<string> {
  const ca = await readFile(site.certificate.ca)
  const socket = connectTls({ host: '127.0.0.1', port: site.httpsPort, servername: DOMAIN, ca })
  socket.write(bytes)
  let text = ''
  for await (const part of socket) text += String(part)
  return text
}
