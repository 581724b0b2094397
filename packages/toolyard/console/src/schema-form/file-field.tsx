import { Button, Group, Input, Text } from '@mantine/core'
import { type ChangeEvent, useRef, useState } from 'react'
import { inputProps } from './field-frame.tsx'
import { emptyOf, type ShapeProps } from './field-props.ts'
import { useForm } from './form-context.ts'

/** Largest file that is sent, in bytes. */
const maxFile = 8 * 1024 * 1024

async function base64Of(file: File): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const reader = new FileReader()
  reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ''))
  reader.onerror = () => reject(reader.error ?? new Error('The file cannot be read'))
  reader.readAsDataURL(file)
  return promise
}

/** A file, sent as Base64. */
export function FileField(props: ShapeProps<'TEXT'>) {
  const { info, value, pointer, onChange } = props
  const form = useForm()
  const [name, setName] = useState<string>()
  const [problem, setProblem] = useState<string>()
  const input = useRef<HTMLInputElement>(null)
  const { id, ...frame } = inputProps({ ...props, fault: problem ?? form.faultAt(pointer), id: form.idOf(pointer) })
  const accept = typeof info.schema.contentMediaType === 'string' ? info.schema.contentMediaType : undefined

  async function take(file: File): Promise<void> {
    if (file.size > maxFile) {
      setProblem('At most 8 MiB')
      return
    }
    try {
      onChange(await base64Of(file))
      setName(file.name)
      setProblem(undefined)
    } catch (error) {
      setProblem(error instanceof Error ? error.message : 'The file cannot be read')
    }
  }

  const onPick = ({ currentTarget }: ChangeEvent<HTMLInputElement>) => {
    const file = currentTarget.files?.[0]
    if (file) void take(file)
  }
  const bytes = typeof value === 'string' ? Math.floor((value.replace(/=+$/, '').length * 3) / 4) : 0
  return (
    <Input.Wrapper {...frame} id={id} labelProps={{ htmlFor: id }}>
      <Group gap="sm">
        <input id={id} ref={input} type="file" className="file-input" accept={accept} onChange={onPick} />
        {typeof value === 'string' && (
          <>
            <Text size="sm" className="quiet">
              {name === undefined && 'A file, '}
              {bytes.toLocaleString('en')} bytes
            </Text>
            <Button
              size="compact-sm"
              variant="subtle"
              onClick={() => {
                if (input.current) input.current.value = ''
                onChange(emptyOf(props))
              }}
            >
              Remove
            </Button>
          </>
        )}
      </Group>
    </Input.Wrapper>
  )
}
