/**
 * A Docker engine of our own where there is none: that of Debian's unstable release, unpacked and not installed, with images that
 * stand in for the public ones. It changes nothing about the machine's network: there are no bridges, and no rules of a firewall.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, open, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ensureDebianPackages } from '../support/debian-packages.ts'
import { runStep } from '../support/run-step.ts'
import { unpackUnstable } from '../support/unstable-packages.ts'
import type { Engine } from './engine.ts'
import { buildStandIns, fetchSources } from './stand-ins.ts'

const CACHE = fileURLToPath(new URL('../../.build/engine', import.meta.url))
const READY_WITHIN_MS = 30_000
const STOPPED_WITHIN_MS = 20_000
/** Of Debian's stable release: what runs containers, and what makes the root of the images. */
const NEEDED = {
  runc: '/usr/sbin/runc',
  iptables: '/usr/sbin/iptables',
  iproute2: '/usr/bin/ip',
  debootstrap: '/usr/sbin/debootstrap',
  'debian-archive-keyring': '/usr/share/keyrings/debian-archive-keyring.gpg',
}
/** Programs of the unpacked packages, which run with the system's own C library. */
const PROGRAMS = [
  'usr/sbin/dockerd',
  'usr/bin/docker',
  'usr/bin/containerd',
  'usr/bin/containerd-shim-runc-v2',
]
const PLUGINS = ['docker-compose', 'docker-buildx']

/** Starts it, and makes the images. Images and what builds have left stay in .build/engine for the next run. */
export async function startOwnEngine(): Promise<Engine> {
  await ensureDebianPackages(NEEDED)
  const [packages, sources] = await Promise.all([
    unpackUnstable({
      cacheFolder: path.join(CACHE, 'packages'),
      names: ['docker.io', 'containerd', 'docker-cli', 'docker-buildx', 'docker-compose'],
      program: 'usr/sbin/dockerd',
    }),
    fetchSources(CACHE),
  ])
  const folder = await mkdtemp(path.join(tmpdir(), 'letterlock-engine-'))
  await linkPrograms(packages, folder)
  const environment = {
    ...process.env,
    PATH: [path.join(folder, 'bin'), process.env['PATH'], '/usr/sbin', '/sbin'].join(':'),
    DOCKER_HOST: `unix://${folder}/docker.sock`,
    DOCKER_CONFIG: path.join(folder, 'config'),
  }
  const daemon = await startDaemon(folder, environment)
  const stop = async (): Promise<void> => {
    await stopDaemon(daemon)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await waitUntilReady({ folder, daemon, environment })
    await buildStandIns(environment, sources)
  } catch (error) {
    await stop()
    throw error
  }
  return { environment, isOurs: true, stop }
}

async function linkPrograms(packages: string, folder: string): Promise<void> {
  const plugins = path.join(folder, 'config/cli-plugins')
  await mkdir(path.join(folder, 'bin'))
  await mkdir(plugins, { recursive: true })
  for (const program of PROGRAMS)
    await symlink(path.join(packages, program), path.join(folder, 'bin', path.basename(program)))
  for (const name of PLUGINS)
    await symlink(path.join(packages, 'usr/libexec/docker/cli-plugins', name), path.join(plugins, name))
}

async function startDaemon(folder: string, env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const log = await open(path.join(folder, 'dockerd.log'), 'w')
  const options = [
    `--host=${env['DOCKER_HOST']}`,
    `--data-root=${path.join(CACHE, 'data')}`,
    `--exec-root=${path.join(folder, 'exec')}`,
    `--pidfile=${path.join(folder, 'dockerd.pid')}`,
    '--config-file=/dev/null',
    '--bridge=none',
    '--iptables=false',
    '--ip6tables=false',
    '--ip-forward=false',
    '--ip-masq=false',
    '--userland-proxy=false',
    // A limit above the hard one is refused.
    '--default-ulimit=nofile=20000:20000',
    '--exec-opt=native.cgroupdriver=cgroupfs',
  ]
  // It ends with this process, however that ends.
  const daemon = spawn('setpriv', ['--pdeathsig', 'TERM', 'dockerd', ...options], {
    stdio: ['ignore', log.fd, log.fd],
    env,
  })
  await log.close()
  return daemon
}

interface Started {
  readonly folder: string
  readonly daemon: ChildProcess
  readonly environment: NodeJS.ProcessEnv
}

async function waitUntilReady({ folder, daemon, environment }: Started): Promise<void> {
  const deadlineMs = Date.now() + READY_WITHIN_MS
  while (Date.now() < deadlineMs && daemon.exitCode === null) {
    try {
      return void (await runStep('docker', ['version'], environment))
    } catch {
      await delay(200)
    }
  }
  const log = await readFile(path.join(folder, 'dockerd.log'), 'utf8')
  throw new Error(`dockerd does not answer: ${log.trim().split('\n').at(-1)}`)
}

async function stopDaemon(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return
  const ended = once(daemon, 'exit', { signal: AbortSignal.timeout(STOPPED_WITHIN_MS) })
  daemon.kill('SIGTERM')
  await ended.catch(() => daemon.kill('SIGKILL'))
}
