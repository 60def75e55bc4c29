/** A table whose rows fold into cards on a phone. */
import type { ComponentChildren, JSX } from 'preact';

/** A heading; `#` before it: a column of numbers; empty: the column of actions. */
export type Head = string;

export function Table({ heads, children, class: more = '' }: { heads: Head[]; children: ComponentChildren; class?: string }): JSX.Element {
  return (
    <div class="table-wrap">
      <table class={`folds ${more}`}>
        <thead>
          <tr>
            {heads.map((h) => (
              <th key={h} class={h.startsWith('#') ? 'num' : undefined}>
                {h ? h.replace('#', '') : <span class="hidden">Actions</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
