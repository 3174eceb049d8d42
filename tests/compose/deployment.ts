/** The deployment that tests/compose/run.ts has started, from outside. */
import { runStep } from '../support/run-step.ts'

const { DOMAIN, HTTPS_PORT, HTTP_PORT } = process.env
/** What people open. */
export const ORIGIN = `https://${DOMAIN}:${HTTPS_PORT}`
export const PLAIN_ORIGIN = `http://${DOMAIN}:${HTTP_PORT}`

/** Runs `docker compose` on it; gives what it said. */
export const compose = (...args: readonly string[]): Promise<string> =>
  runStep('docker', ['compose', ...args])

export interface Container {
  readonly RestartCount: number
  readonly State: {
    readonly Status: string
    readonly Pid: number
    readonly ExitCode: number
    readonly Health?: { readonly Status: string }
  }
  readonly Config: { readonly Env: readonly string[]; readonly Labels: Readonly<Record<string, string>> }
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean
    readonly CapDrop: readonly string[] | null
    readonly CapAdd: readonly string[] | null
    readonly SecurityOpt: readonly string[] | null
    readonly Memory: number
    readonly PidsLimit: number | null
    readonly RestartPolicy: { readonly Name: string }
  }
}

/** All containers by their service, one-shot jobs included. */
export async function inspectAll(): Promise<ReadonlyMap<string, Container>> {
  const ids = (await compose('ps', '--all', '--quiet')).trim().split('\n')
  // The format is that of Docker's API.
  const containers = JSON.parse(await runStep('docker', ['inspect', ...ids])) as Container[]
  return new Map(containers.map((one) => [one.Config.Labels['com.docker.compose.service'] ?? '', one]))
}

/** The container of a service. */
export async function inspect(service: string): Promise<Container> {
  const id = (await compose('ps', '--all', '--quiet', service)).trim()
  // The format is that of Docker's API.
  const [container] = JSON.parse(await runStep('docker', ['inspect', id])) as Container[]
  if (container === undefined) throw new Error(`there is no container of ${service}`)
  return container
}

/** Lines of nginx's access log, oldest first. */
export async function readAccessLog(): Promise<readonly { readonly path: string; readonly app: string }[]> {
  const text = await compose('logs', '--no-log-prefix', 'nginx')
  const lines = text.split('\n').filter((line) => line.startsWith('{"at"'))
  // Written by nginx.conf.template.
  return lines.map((line) => JSON.parse(line) as { path: string; app: string })
}
