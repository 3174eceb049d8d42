import { useEffect, useRef } from 'preact/hooks'
import type { Route } from '../routes.ts'
import type { UpdateOffer, UpdatePrompt } from '../update-prompt.ts'
import { useClient } from './use-client.ts'
import { useLive } from './use-live.ts'

/** Screens that show or hold what would be lost: a secret, new codes, half a form. */
const LASTING: readonly Route['name'][] = ['register', 'recover']

/**
 * Loads this page again, once, when a new version has taken over. Where another tab accepted it and something that was typed
 * here would be lost, the page goes on as it is and the state stays `taken-over`.
 */
export function useTakeOver(update: UpdatePrompt, route: Route): UpdateOffer {
  const client = useClient()
  const state = useLive(update) ?? 'none'
  const isAccepted = useRef(false)
  const isLoading = useRef(false)
  const isLasting = LASTING.includes(route.name)

  useEffect(() => {
    if (state !== 'taken-over' || isLasting) return
    async function loadAgain(): Promise<void> {
      const areDraftsKept = await client.keepDrafts()
      if (!areDraftsKept || isLoading.current || (holdsInput() && !isAccepted.current)) return
      isLoading.current = true
      location.reload()
    }
    void loadAgain()
  }, [client, state, isLasting])

  return {
    state,
    accept() {
      isAccepted.current = true
      update.accept()
    },
  }
}

/** Whether somebody is in the midst of something; the field for the next message is kept as a draft. */
function holdsInput(): boolean {
  if (document.querySelector('dialog[open]')) return true
  const fields = document.querySelectorAll<HTMLInputElement>('input:not([readonly])')
  return [...fields].some((field) => (isText(field) ? field.value !== '' : field.checked))
}

const isText = ({ type }: HTMLInputElement): boolean => type !== 'checkbox' && type !== 'radio'
