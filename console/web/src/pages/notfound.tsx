import { Empty } from '../ui/parts';

export function NotFound() {
  return (
    <div class="card">
      <Empty icon="search" title="There is no page here" action={<a class="btn primary" href="/">Go to the overview</a>}>
        The address may be mistyped, or what it showed was deleted. Press <kbd>/</kbd> to search.
      </Empty>
    </div>
  );
}
