/**
 * One tab leads, for all tabs of this browser. A frozen tab keeps its lock and cannot give it up, so a visible tab asks the
 * leader now and then, and takes the lead over when nothing is heard. Without a BroadcastChannel nobody can ask, and nobody takes over.
 */

const ASK_EVERY_MS = 2_000
/** Asked this often in vain, the leader is taken for frozen. */
const UNHEARD_MOST = 5

const ASK = 'ask'
const HERE = 'here'

interface LeadParts {
  readonly locks: LockManager
  /** Of the lock, and of the channel on which the tabs speak. */
  readonly name: string
  /** Only a tab that somebody looks at takes over. */
  readonly isVisible: () => boolean
  readonly signal: AbortSignal
}

/**
 * Runs `work` whenever it is this tab's turn to lead, until `signal` is aborted. The signal that `work` gets is aborted also
 * when another tab took over while this one was frozen; `work` then has to end, and this tab waits for its turn again.
 */
export async function leadInTurn(
  parts: LeadParts,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel(parts.name) : null
  while (!parts.signal.aborted) await leadOnce(parts, channel, work)
  channel?.close()
}

async function leadOnce(
  { locks, name, isVisible, signal }: LeadParts,
  channel: BroadcastChannel | null,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const silence = new AbortController()
  const stopAsking = channel ? askLeader(channel, isVisible, () => silence.abort()) : () => undefined
  const lost = new AbortController()
  let isLeading = false
  let working = Promise.resolve()
  const lead = (): Promise<void> => {
    isLeading = true
    stopAsking()
    if (channel) answerOthers(channel, lost.signal)
    working = work(AbortSignal.any([signal, lost.signal]))
    return working
  }
  try {
    await locks.request(name, { signal: AbortSignal.any([signal, silence.signal]) }, lead)
  } catch (error) {
    const isOver = isLeading || signal.aborted // the lead was lost, or the account is closed
    if (!isOver && !silence.signal.aborted) throw error
    if (!isOver) await locks.request(name, { steal: true }, lead).catch(() => undefined)
  } finally {
    stopAsking()
  }
  lost.abort()
  await working
}

/** Calls `onSilence` when the leader did not answer. Returns the way to stop. */
function askLeader(channel: BroadcastChannel, isVisible: () => boolean, onSilence: () => void): () => void {
  let unheard = 0
  const listen = ({ data }: MessageEvent): void => {
    if (data === HERE) unheard = 0
  }
  const ask = (): void => {
    if (!isVisible()) unheard = 0
    else if (unheard >= UNHEARD_MOST) onSilence()
    else {
      unheard += 1
      channel.postMessage(ASK)
    }
  }
  channel.addEventListener('message', listen)
  const asking = setInterval(ask, ASK_EVERY_MS)
  return () => {
    clearInterval(asking)
    channel.removeEventListener('message', listen)
  }
}

/** Answers until the lead is lost; others that wait hear of a new leader at once. */
function answerOthers(channel: BroadcastChannel, signal: AbortSignal): void {
  const listen = ({ data }: MessageEvent): void => {
    if (data === ASK) channel.postMessage(HERE)
  }
  channel.addEventListener('message', listen, { signal })
  channel.postMessage(HERE)
}
