/** nginx in front of several servers, in one process that can be killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { isOpen } from '../../support/is-open.ts'

const READY_WITHIN_MS = 10_000
const CONFIG = (folder: string, port: number, targets: readonly number[]): string => `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr crit;
events { worker_connections 4096; }
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}
  # A server that is away is asked again at once: it is back within a second.
  upstream app { ${targets.map((target) => `server 127.0.0.1:${target} max_fails=0;`).join(' ')} }
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_connect_timeout 2s; }
  }
}
`

export interface Front {
  kill(): Promise<void>
  start(): Promise<void>
  remove(): Promise<void>
}

export async function startFront(port: number, targets: readonly number[]): Promise<Front> {
  const folder = await mkdtemp(path.join(tmpdir(), 'letterlock-front-'))
  const file = path.join(folder, 'nginx.conf')
  await writeFile(file, CONFIG(folder, port, targets))
  let child: ChildProcess | null = null
  const front: Front = {
    async kill() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
    async start() {
      const args = ['--pdeathsig', 'KILL', 'nginx', '-p', folder, '-c', file, '-e', 'stderr']
      child = spawn('setpriv', args, { stdio: 'ignore' })
      const deadlineMs = Date.now() + READY_WITHIN_MS
      while (!(await isOpen(port))) {
        if (Date.now() > deadlineMs) throw new Error('nginx does not answer')
        await delay(20)
      }
    },
    async remove() {
      await front.kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
  await front.start()
  return front
}
