/**
 * `npm run test:compose`: docker-compose.yaml as it ships is built, started, tested from outside and taken down, on the Docker
 * engine that is there or on one of our own. Where neither can be had it says so, and that is no failure.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { findFreePort } from '../support/free-port.ts'
import { endSteps, runStep } from '../support/run-step.ts'
import type { Engine } from './engine.ts'
import { CannotRun, findEngine } from './find-engine.ts'
import { COMPOSE_REPORT } from './report.ts'

const BASE_IMAGES = ['node:24-bookworm-slim', 'nginx:1.30', 'mysql:9.7', 'redis:7-bookworm']
/** Downloads and builds may take this long; what they have done is kept for the next run. */
const PREPARE_WITHIN_S = Number(process.env['COMPOSE_PREPARE_WITHIN_S'] ?? '1800')

process.chdir(fileURLToPath(new URL('../..', import.meta.url)))
const interrupted = new AbortController()
interrupted.signal.addEventListener('abort', endSteps)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => interrupted.abort(new Error(`stopped by ${signal}`)))

const tooLate = new CannotRun(`downloading and building was not done within ${PREPARE_WITHIN_S} s`)
const lateness = setTimeout(() => interrupted.abort(tooLate), PREPARE_WITHIN_S * 1000)
let engine: Engine | null = null
try {
  await rm(COMPOSE_REPORT, { force: true })
  process.stdout.write('\nnpm run test:compose\n')
  engine = await findEngine()
  const environment = await describeDeployment(engine)
  if (!engine.isOurs) await pullImages(environment)
  await runStep('docker', ['compose', 'build'], environment)
  clearTimeout(lateness)
  await testDeployment(environment, engine)
} catch (error) {
  explain(interrupted.signal.aborted ? interrupted.signal.reason : error)
} finally {
  clearTimeout(lateness)
  await engine?.stop()
}

function explain(error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error)
  if (error instanceof CannotRun) return void process.stdout.write(`compose not run: ${reason}\n`)
  process.stderr.write(`${reason}\n`)
  process.exitCode = 1
}

async function testDeployment(environment: NodeJS.ProcessEnv, { isOurs }: Engine): Promise<void> {
  const down = ['compose', 'down', '--volumes', '--remove-orphans', '--timeout=2']
  await runStep('docker', down, environment)
  try {
    await startDeployment(environment)
    const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--config=tests/compose/vitest.config.ts']
    const reports = ['--reporter=default', '--reporter=json', `--outputFile.json=${COMPOSE_REPORT}`]
    const entry = isOurs ? await enterNetwork(environment) : []
    process.exitCode = await run([...entry, process.execPath, ...vitest, ...reports], environment)
  } finally {
    await runStep('docker', down, environment)
  }
}

async function startDeployment(environment: NodeJS.ProcessEnv): Promise<void> {
  try {
    await runStep('docker', ['compose', 'up', '--detach', '--wait', '--pull=never'], environment)
  } catch (error) {
    const logs = await runStep('docker', ['compose', 'logs', '--tail=20'], environment)
    throw new Error(`the deployment did not come up\n${logs}`, { cause: error })
  }
}

/** A project of its own, on ports of its own: another deployment on the same engine is left alone. */
async function describeDeployment({ environment, isOurs }: Engine): Promise<NodeJS.ProcessEnv> {
  const files = ['docker-compose.yaml', 'tests/compose/tests.yaml']
  // In a network of its own the ports are free.
  const [https, http] = isOurs ? [8443, 8081] : [await findFreePort(), await findFreePort()]
  return {
    ...environment,
    COMPOSE_PROJECT_NAME: 'letterlock-test',
    COMPOSE_FILE: [...files, ...(isOurs ? ['tests/compose/loopback.yaml'] : [])].join(path.delimiter),
    COMPOSE_DISABLE_ENV_FILE: '1',
    COMPOSE_PROGRESS: 'plain',
    // Its other way to build asks before it uses the machine's network.
    COMPOSE_BAKE: 'false',
    DOMAIN: 'letterlock.localhost',
    HTTPS_PORT: String(https),
    HTTP_PORT: String(http),
    PUBLIC_ORIGIN: '',
  }
}

async function pullImages(environment: NodeJS.ProcessEnv): Promise<void> {
  for (const image of BASE_IMAGES)
    await runStep('docker', ['pull', '--quiet', image], environment).catch((error: unknown) => {
      throw new CannotRun(`${image} cannot be pulled: ${String(error).trim().split('\n').at(-1)}`)
    })
}

/**
 * The command in front of one that is to run where the containers are. Chromium takes a machine that has a loopback and nothing
 * else for offline, and fires no sync event there: so it gets an interface, which leads nowhere.
 */
async function enterNetwork(environment: NodeJS.ProcessEnv): Promise<string[]> {
  const id = (await runStep('docker', ['compose', 'ps', '--quiet', 'loopback'], environment)).trim()
  const pid = await runStep('docker', ['inspect', '--format={{.State.Pid}}', id], environment)
  const entry = [`--target=${pid.trim()}`, '--net']
  const interfaces =
    'ip link add net0 type veth peer name net1 && ip link set net1 up && ip addr add 192.0.2.1/24 dev net0 && ip link set net0 up'
  await runStep('nsenter', [...entry, 'sh', '-c', interfaces]).catch((error: unknown) => {
    throw new CannotRun(`no network interface can be made: ${String(error).trim().split('\n').at(-1)}`)
  })
  return ['nsenter', ...entry]
}

/** Gives the exit code. What it says is shown, and an interrupt is passed on. */
async function run([program = '', ...args]: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'], env })
  const pass = (): boolean => child.kill('SIGTERM')
  interrupted.signal.addEventListener('abort', pass)
  const [code] = (await once(child, 'exit')) as [number | null] // the arguments of Node's exit event
  interrupted.signal.removeEventListener('abort', pass)
  return code ?? 1
}
