// Buttons, fields, choices, dialogs: the component library's parts in the console's clothes.
import { Check, ChevronDown } from "lucide-react";
import { type ReactNode, useContext } from "react";
import * as Aria from "react-aria-components";
import css from "./controls.module.css";

const join = (...names: (string | false | undefined)[]) => names.filter(Boolean).join(" ");

type Look = "plain" | "primary" | "danger" | "quiet";
const lookClass = (look: Look) => (look === "plain" ? undefined : css[look]);

export function Button({ look = "plain", ...rest }: Aria.ButtonProps & { look?: Look }) {
  return <Aria.Button {...rest} className={join(css.button, lookClass(look))} />;
}

/** A button that shows a picture alone; its name is for those who hear it, and shown when pointed at. */
export function IconButton({
  label,
  chosen,
  look = "quiet",
  ...rest
}: Aria.ButtonProps & { label: string; chosen?: boolean; look?: Look }) {
  return (
    <Aria.TooltipTrigger delay={500}>
      <Aria.Button
        {...rest}
        aria-label={label}
        aria-pressed={chosen}
        className={join(css.button, css.icon, chosen ? css.chosen : lookClass(look))}
      />
      <Aria.Tooltip className={css.popover} offset={6}>
        {label}
      </Aria.Tooltip>
    </Aria.TooltipTrigger>
  );
}

export function Field({
  label,
  hint,
  error,
  long,
  placeholder,
  ...rest
}: Aria.TextFieldProps & {
  label: string;
  hint?: string;
  error?: string;
  long?: boolean;
  placeholder?: string;
}) {
  return (
    <Aria.TextField {...rest} isInvalid={rest.isInvalid ?? Boolean(error)} className={css.field}>
      <Aria.Label className={css.label}>{label}</Aria.Label>
      {long ? (
        <Aria.TextArea className={css.input} placeholder={placeholder} />
      ) : (
        <Aria.Input className={css.input} placeholder={placeholder} />
      )}
      {hint && (
        <Aria.Text slot="description" className={css.hint}>
          {hint}
        </Aria.Text>
      )}
      <Aria.FieldError className={css.error}>{error}</Aria.FieldError>
    </Aria.TextField>
  );
}

export type Choice = { id: string; label: string; hint?: string };

export function Choose({
  label,
  hideLabel,
  value,
  choices,
  onChange,
}: {
  label: string;
  hideLabel?: boolean;
  value: string;
  choices: Choice[];
  onChange: (id: string) => void;
}) {
  return (
    <Aria.Select
      className={css.field}
      selectedKey={value}
      onSelectionChange={(key) => key !== null && onChange(String(key))}
    >
      <Aria.Label className={hideLabel ? "unseen" : css.label}>{label}</Aria.Label>
      <Aria.Button className={join(css.button, css.select)}>
        <Chosen>{choices.find((choice) => choice.id === value)?.label}</Chosen>
        <ChevronDown size={15} aria-hidden />
      </Aria.Button>
      <Aria.Popover className={css.popover}>
        <Aria.ListBox className={css.list} items={choices}>
          {(choice) => (
            <Aria.ListBoxItem id={choice.id} textValue={choice.label} className={css.item}>
              {({ isSelected }) => (
                <>
                  <span>
                    {choice.label}
                    {choice.hint && <span className={css.hint}> · {choice.hint}</span>}
                  </span>
                  {isSelected && <Check size={15} className={css.check} aria-hidden />}
                </>
              )}
            </Aria.ListBoxItem>
          )}
        </Aria.ListBox>
      </Aria.Popover>
    </Aria.Select>
  );
}

/** What is chosen, as a part of the button's name. The library's own part brings words in all languages with it. */
function Chosen({ children }: { children: ReactNode }) {
  const context = useContext(Aria.SelectValueContext);
  return <span id={context && "id" in context ? context.id : undefined}>{children}</span>;
}

export type Action = {
  id: string;
  label: string;
  icon?: ReactNode;
  danger?: boolean;
  chosen?: boolean;
  onAction: () => void;
};

/** A button (the first child) that opens a list of actions. */
export function ActionMenu({
  label,
  actions,
  children,
}: {
  label: string;
  actions: Action[];
  children: ReactNode;
}) {
  return (
    <Aria.MenuTrigger>
      {children}
      <Aria.Popover className={css.popover}>
        <Aria.Menu aria-label={label} className={css.list}>
          {actions.map((action) => (
            <Aria.MenuItem
              key={action.id}
              id={action.id}
              textValue={action.label}
              onAction={action.onAction}
              className={css.item}
              data-danger={action.danger}
            >
              {action.icon}
              <span>{action.label}</span>
              {action.chosen && <Check size={15} className={css.check} aria-hidden />}
            </Aria.MenuItem>
          ))}
        </Aria.Menu>
      </Aria.Popover>
    </Aria.MenuTrigger>
  );
}

/** A dialog above the page. Closed by Escape and, unless `must`, by a click beside it. */
export function Dialog({
  title,
  open,
  onClose,
  wide,
  must,
  children,
}: {
  title: string;
  open: boolean;
  onClose: () => void;
  wide?: boolean;
  must?: boolean;
  children: ReactNode;
}) {
  return (
    <Aria.ModalOverlay
      className={css.overlay}
      isOpen={open}
      isDismissable={!must}
      isKeyboardDismissDisabled={must}
      onOpenChange={(isOpen) => !isOpen && onClose()}
    >
      <Aria.Modal className={css.modal} data-wide={wide}>
        <Aria.Dialog className={css.dialog}>
          <Aria.Heading slot="title" level={2}>
            {title}
          </Aria.Heading>
          {children}
        </Aria.Dialog>
      </Aria.Modal>
    </Aria.ModalOverlay>
  );
}

export const DialogEnd = ({ children }: { children: ReactNode }) => (
  <div className={css.dialogEnd}>{children}</div>
);

export function Checkbox({ children, ...rest }: Aria.CheckboxProps & { children: ReactNode }) {
  return (
    <Aria.Checkbox {...rest} className={css.check}>
      <span className={css.box}>{rest.isSelected && <Check size={13} strokeWidth={3} aria-hidden />}</span>
      {children}
    </Aria.Checkbox>
  );
}

export { css as controls };
