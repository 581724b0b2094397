import { Button, Group, Stack, Text } from '@mantine/core'
import { fieldOf } from './field-of.ts'
import { emptyOf, type ShapeProps } from './field-props.ts'
import { useForm } from './form-context.ts'
import { GroupFrame } from './group-frame.tsx'
import { initialValue } from './initial-value.ts'
import { listOf, numberOf, pointerTo, textOf } from './schema.ts'

/** Items shown as fields; longer lists are edited as JSON. */
const maxItems = 200

/** A list, item by item. */
export function ListField(props: ShapeProps<'LIST'>) {
  const { info, pointer, label, value, isRequired, onChange } = props
  const form = useForm()
  const { Field } = form
  const items = listOf(value)
  const most = numberOf(info.schema.maxItems) ?? maxItems

  const change = (next: readonly unknown[]) => onChange(next.length === 0 && !isRequired ? emptyOf(props) : next)
  const schemaAt = (index: number) => info.prefix[index] ?? info.items
  const next = schemaAt(items.length)
  const remove = (index: number) => {
    form.forgetBelow(pointer)
    change(items.filter((_, each) => each !== index))
  }
  return (
    <GroupFrame
      pointer={pointer}
      label={label}
      isRequired={isRequired}
      description={info.description}
      isOpen
      note={
        items.length === 0
          ? isRequired
            ? undefined
            : 'optional, not sent'
          : items.length === 1
            ? '1 item'
            : `${items.length} items`
      }
      actions={
        next && (
          <Button
            size="compact-sm"
            variant="default"
            mt="sm"
            disabled={items.length >= Math.min(most, maxItems)}
            onClick={() => change([...items, initialValue(next, form.root)])}
          >
            Add item
          </Button>
        )
      }
    >
      {() => (
        <Stack gap="sm">
          {items.slice(0, maxItems).map((item, index) => {
            const of = schemaAt(index)
            if (!of) return null
            const name = textOf(fieldOf(of, form.root, item).title) ?? `Item ${index + 1}`
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: an item is what is at its index
              <Group key={index} align="flex-start" gap="xs" wrap="nowrap" className="form-item">
                <div className="form-item-field">
                  <Field
                    schema={of}
                    pointer={pointerTo(pointer, index)}
                    label={info.prefix.length > 0 ? name : `Item ${index + 1}`}
                    isItem={info.prefix.length === 0}
                    value={item}
                    isRequired
                    onChange={(changed) => change(items.map((each, at) => (at === index ? changed : each)))}
                  />
                </div>
                <Button
                  variant="subtle"
                  color="gray"
                  size="compact-sm"
                  mt="var(--space-1)"
                  aria-label={`Remove item ${index + 1}`}
                  onClick={() => remove(index)}
                >
                  Remove
                </Button>
              </Group>
            )
          })}
          {items.length > maxItems && (
            <Text size="sm" className="quiet">
              {items.length - maxItems} more items are sent as they are. To change them, edit the args as JSON.
            </Text>
          )}
        </Stack>
      )}
    </GroupFrame>
  )
}
