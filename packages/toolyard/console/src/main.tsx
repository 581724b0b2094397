import '@mantine/core/styles.css'
import './app/tokens.css'
import './app/console.css'
import './app/rows.css'
import './text/text.css'
import './toasts/toasts.css'
import './keys/keys.css'
import './refreshes/refreshes.css'
import './features/features.css'
import { createRoot } from 'react-dom/client'
import { App } from './app/app.tsx'

const root = document.getElementById('root')
if (!root) throw new Error('expected the element #root in index.html')
createRoot(root).render(<App />)
