// Whether the asset is a favorite of who is signed in.
import { Star } from "lucide-react";
import type { Asset } from "../../api/assets.ts";
import { markFavorites, useFavorites } from "../../api/favorites.ts";
import { IconButton } from "../../parts/controls.tsx";
import { browseWords } from "../../words/browse.ts";
import { useHere } from "../../workspaces.ts";

export function StarButton({ asset }: { asset: Asset }) {
  const { place } = useHere();
  const starred = useFavorites(place).has(asset.id);
  return (
    <IconButton
      label={browseWords.favorite}
      chosen={starred}
      onPress={() => void markFavorites(place, [asset.id], !starred)}
    >
      <Star size={17} aria-hidden fill={starred ? "currentColor" : "none"} />
    </IconButton>
  );
}
