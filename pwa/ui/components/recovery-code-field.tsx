import { TextField } from './text-field.tsx'

/** One code from the printed list. */
export function RecoveryCodeField({ value, onValue }: { value: string; onValue: (value: string) => void }) {
  return (
    <TextField
      label="Recovery code"
      value={value}
      onValue={onValue}
      hint="The first code on your list that is not crossed out. Cross it out afterwards: it works once."
      name="recovery-code"
      autocomplete="off"
      isCode
    />
  )
}
