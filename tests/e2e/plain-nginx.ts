/** nginx as somebody sets it up in a hurry: it passes everything on to the server, with its defaults. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { findFreePort } from '../support/free-port.ts'
import { isOpen } from '../support/is-open.ts'

const PROGRAM = '/usr/sbin/nginx'
const READY_WITHIN_MS = 5_000

export interface PlainNginx {
  readonly port: number
  stop(): Promise<void>
}

/**
 * Starts it in front of the server on port `target` of this machine.
 * @param directives more lines for its one location
 * @throws when it does not listen in time
 */
export async function startPlainNginx(
  target: number,
  directives: readonly string[] = [],
): Promise<PlainNginx> {
  const folder = await mkdtemp(path.join(tmpdir(), 'letterlock-nginx-'))
  const port = await findFreePort()
  const file = path.join(folder, 'nginx.conf')
  await writeFile(file, describeSetup({ folder, port, target, directives }))
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', PROGRAM, '-p', folder, '-c', file, '-e', 'stderr'], {
    stdio: 'ignore',
  })
  const ended = once(child, 'exit')
  await waitUntilOpen(port)
  return {
    port,
    async stop() {
      child.kill('SIGTERM')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

interface Setup {
  readonly folder: string
  readonly port: number
  readonly target: number
  readonly directives: readonly string[]
}

function describeSetup({ folder, port, target, directives }: Setup): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `  ${name}_temp_path ${folder}/${name};`)
    .join('\n')
  return `daemon off;
master_process off;
pid ${folder}/nginx.pid;
events {}
http {
  access_log off;
${temporary}
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://127.0.0.1:${target};
      proxy_set_header Host $http_host;
      ${directives.join('\n      ')}
    }
  }
}
`
}

async function waitUntilOpen(port: number): Promise<void> {
  const deadlineMs = Date.now() + READY_WITHIN_MS
  while (Date.now() < deadlineMs) {
    if (await isOpen(port)) return
    await delay(50)
  }
  throw new Error(`nginx does not listen on port ${port}`)
}
