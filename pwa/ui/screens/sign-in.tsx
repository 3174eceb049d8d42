import { AccountFrame } from '../components/account-frame.tsx'
import { Link } from '../components/link.tsx'
import { SignInForm } from '../components/sign-in-form.tsx'
import { useTitle } from '../hooks/use-title.ts'

/** For somebody who is signed out on this browser. */
export function SignIn({ lastUsername }: { lastUsername: string | null }) {
  useTitle('Sign in · Letterlock')
  return (
    <AccountFrame>
      <h1>{lastUsername === null ? 'Sign in' : 'Welcome back'}</h1>
      <SignInForm username={lastUsername ?? ''} isSameAccount={false} />
      <p class="account-other">
        <Link to={{ name: 'recover' }}>Lost your password or your authenticator app?</Link>
      </p>
      <p class="account-other">
        New here? <Link to={{ name: 'register' }}>Create an account</Link>
      </p>
    </AccountFrame>
  )
}
