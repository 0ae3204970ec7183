// The button that all filters are behind.
import { SlidersHorizontal } from "lucide-react";
import { lazy, Suspense } from "react";
import * as Aria from "react-aria-components";
import { Button, controls } from "../../parts/controls.tsx";
import { Bone } from "../../parts/states.tsx";
import type { BrowseSearch } from "../../routes.tsx";
import { words } from "../../words.ts";

const FilterPanel = lazy(() => import("./filter-panel.tsx"));

export function FilterButton(props: {
  search: BrowseSearch;
  onChange: (part: Partial<BrowseSearch>) => void;
}) {
  return (
    <Aria.DialogTrigger>
      <Button>
        <SlidersHorizontal size={15} aria-hidden />
        {words.browse.filter}
      </Button>
      <Aria.Popover className={controls.popover} placement="bottom start" style={{ maxWidth: 470 }}>
        <Aria.Dialog aria-label={words.browse.filters} style={{ outline: "none" }}>
          <Suspense fallback={<Bone width={440} height={480} />}>
            <FilterPanel {...props} />
          </Suspense>
        </Aria.Dialog>
      </Aria.Popover>
    </Aria.DialogTrigger>
  );
}
