export interface Engine {
  /** In which `docker` speaks to it. */
  readonly environment: NodeJS.ProcessEnv
  /** It has no bridge networks, and `standIns` of the public images under their names. */
  readonly isOurs: boolean
  stop(): Promise<void>
}
