const FAULTS: Readonly<Record<string, string>> = {
  NotAllowedError:
    'This browser does not let Letterlock use the camera. Allow it in the browser’s settings for this site, or compare the digits.',
  NotFoundError: 'No camera was found on this device. Compare the digits instead.',
  NotReadableError: 'The camera is in use by another program. Close that one, or compare the digits.',
}

/** Why the camera shows nothing, as a sentence. */
export function describeCameraFault(error: unknown): string {
  const name = error instanceof Error ? error.name : ''
  return (
    (Object.hasOwn(FAULTS, name) ? FAULTS[name] : undefined) ??
    'The camera could not be started. Compare the digits instead.'
  )
}
