/** nginx with the configuration that ships, in front of an app on this machine, with certificates of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { issueCertificate } from '../certs/issue.ts'
import type { Certificate } from '../certs/profile.ts'
import { findFreePort } from '../support/free-port.ts'
import { isOpen } from '../support/is-open.ts'
import { runStep } from '../support/run-step.ts'

const WRITE_CONFIG = fileURLToPath(new URL('../../nginx/write-config.sh', import.meta.url))
const DIST = fileURLToPath(new URL('../../dist', import.meta.url))
const READY_WITHIN_MS = 5_000
/** Not resolved by anybody: tools are given the address and the name. */
export const DOMAIN = 'letterlock.test'

export interface Site {
  readonly origin: string
  readonly httpsPort: number
  readonly httpPort: number
  readonly certificate: Certificate
  /** The app's files as they are served: a copy of dist/. */
  readonly appFolder: string
  readonly certsFolder: string
  readonly configFile: string
  /** Of the process that the workers are children of. */
  readonly pid: number | undefined
  /** What nginx wrote to both of its logs. */
  readLogs(): Promise<string>
  /** As `nginx -s reload` does. */
  reload(): void
  /** May be called again. */
  stop(): Promise<void>
}

export interface SiteOptions {
  readonly httpsPort?: number
  /** host:port or unix:/path of each app server. */
  readonly appServers: readonly string[]
  /** Where `nginx` is, when it is not the system's. */
  readonly binFolder?: string
  readonly environment?: Readonly<Record<string, string>>
}

/** Ports are chosen before the app starts, because it has to know its origin. */
export async function chooseOrigin(): Promise<{ httpsPort: number; origin: string }> {
  const httpsPort = await findFreePort()
  return { httpsPort, origin: `https://${DOMAIN}:${httpsPort}` }
}

/** Starts it on loopback. Throws with what nginx said when it does not listen in time. */
export async function startSite(options: SiteOptions): Promise<Site> {
  const { httpsPort = await findFreePort(), appServers, binFolder = '' } = options
  const PATH = [binFolder, process.env['PATH']].join(':').replace(/^:/, '')
  const folder = await mkdtemp(path.join(tmpdir(), 'letterlock-site-'))
  // The workers run under another account and have to come through to the files.
  await chmod(folder, 0o755)
  const of = (name: string): string => path.join(folder, name)
  await mkdir(of('run'))
  await cp(DIST, of('app'), { recursive: true })
  const certificate = await issueCertificate(of('certs'), DOMAIN)
  const httpPort = await findFreePort()
  const origin = `https://${DOMAIN}:${httpsPort}`
  const config = await runStep(WRITE_CONFIG, [], {
    PATH,
    PUBLIC_ORIGIN: origin,
    HTTP_PORT: String(httpPort),
    LISTEN_ADDRESSES: '127.0.0.1',
    APP_SERVERS: appServers.join(' '),
    APP_FOLDER: of('app'),
    CERTS_FOLDER: of('certs'),
    RUN_FOLDER: of('run'),
    ACCESS_LOG: of('access.log'),
    ERROR_LOG: of('error.log'),
    ...options.environment,
  })
  await writeFile(of('nginx.conf'), config)
  const child = await startNginx({ folder, PATH, port: httpsPort })
  return {
    origin,
    httpsPort,
    httpPort,
    certificate,
    appFolder: of('app'),
    certsFolder: of('certs'),
    configFile: of('nginx.conf'),
    pid: child.pid,
    readLogs: async () =>
      (await readFile(of('access.log'), 'utf8')) + (await readFile(of('error.log'), 'utf8')),
    reload: () => void child.kill('SIGHUP'),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit')
        child.kill('SIGTERM')
        await ended
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}

interface Nginx {
  readonly folder: string
  readonly PATH: string
  readonly port: number
}

/** It ends with this process, however that ends. */
async function startNginx({ folder, PATH, port }: Nginx): Promise<ChildProcess> {
  const options = ['-c', path.join(folder, 'nginx.conf'), '-e', path.join(folder, 'error.log')]
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', 'nginx', ...options], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, PATH },
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const deadlineMs = Date.now() + READY_WITHIN_MS
  while (Date.now() < deadlineMs && child.exitCode === null) {
    if (await isOpen(port)) return child
    await delay(50)
  }
  child.kill('SIGTERM')
  throw new Error(`nginx does not listen on port ${port}\n${said}`)
}
