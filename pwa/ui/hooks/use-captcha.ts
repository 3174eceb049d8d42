import { useEffect, useState } from 'preact/hooks'
import type { CaptchaAnswer } from '../../../server/wire/captcha.ts'
import type { Captcha } from '../../client/contract/account-security.ts'
import { CAPTCHA_FAULTS, readPictureText } from '../account/picture-text.ts'
import { describeError } from '../words.ts'
import { useClient } from './use-client.ts'
import type { Command } from './use-command.ts'

export interface CaptchaEntry {
  readonly isDemanded: boolean
  /** The picture is read, or the browser works instead. */
  readonly way: 'picture' | 'work'
  /** Null until it is there. */
  readonly captcha: Captcha | null
  readonly text: string
  /** Parts of the work that are done. */
  readonly partsDone: number
  readonly isWorkDone: boolean
  /** Why there is no captcha, as a sentence; null if nothing is wrong. */
  readonly fault: string | null
  readonly setText: (text: string) => void
  readonly choose: (way: 'picture' | 'work') => void
  /** Asks for another one: each is for one try. */
  readonly renew: () => void
  /** The answer, or null after saying what is missing. */
  readonly read: () => CaptchaAnswer | null
}

/** A captcha as it is being answered, once it is demanded; faults of the answer go to `command`. */
export function useCaptcha(command: Command, isDemanded: boolean): CaptchaEntry {
  const client = useClient()
  const [turn, setTurn] = useState(0)
  const [captcha, setCaptcha] = useState<Captcha | null>(null)
  const [fault, setFault] = useState<string | null>(null)
  const [text, setText] = useState('')
  const [way, setWay] = useState<'picture' | 'work'>('picture')
  const [partsDone, setPartsDone] = useState(0)
  const [solved, setSolved] = useState<CaptchaAnswer | null>(null)

  useEffect(() => {
    if (!isDemanded) return undefined
    const ending = new AbortController()
    setCaptcha(null)
    setText('')
    setFault(null)
    void settle(client.beginCaptcha(), setCaptcha, ending.signal)
    return () => ending.abort()
  }, [isDemanded, turn])

  useEffect(() => {
    setPartsDone(0)
    setSolved(null)
    if (way !== 'work' || captcha === null) return undefined
    const ending = new AbortController()
    const { signal } = ending
    void settle(client.solveCaptcha(captcha, { onPart: setPartsDone, signal }), setSolved, signal)
    return () => ending.abort()
  }, [way, captcha])

  /** What comes after the signal is of no use any more. */
  async function settle<T>(work: Promise<T>, take: (value: T) => void, signal: AbortSignal): Promise<void> {
    try {
      const value = await work
      if (!signal.aborted) take(value)
    } catch (error) {
      if (!signal.aborted) setFault(describeError(error))
    }
  }

  function read(): CaptchaAnswer | null {
    const answer = way === 'work' ? solved : readPictureText(text)
    if (answer === null) command.setFault(CAPTCHA_FAULTS[way])
    return answer
  }

  return {
    isDemanded,
    way,
    captcha,
    text,
    partsDone,
    isWorkDone: solved !== null,
    fault,
    setText,
    choose(next) {
      command.setFault(null)
      setWay(next)
    },
    renew: () => setTurn((before) => before + 1),
    read,
  }
}
