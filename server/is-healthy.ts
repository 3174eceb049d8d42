/** What a container is asked about itself: it ends with 0 when the server on this machine answers /healthz. */
import { env, exit } from 'node:process'

const answer = await fetch(`http://127.0.0.1:${env['PORT'] ?? '8080'}/healthz`).catch(() => null)
exit(answer?.ok ? 0 : 1)
