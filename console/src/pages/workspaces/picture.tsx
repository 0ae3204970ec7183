// The picture of an account or a workspace, and choosing another one. Without one: its first letters on a colour of its own.
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { FileTrigger } from "react-aria-components";
import { uploadedPictureQuery } from "../../api/workspaces.ts";
import { sizeText } from "../../format.ts";
import { Button, controls } from "../../parts/controls.tsx";
import { workspaceWords } from "../../words/workspaces.ts";
import css from "./workspaces.module.css";

type Pictured = { name: string; defaultAvatar: number; thumbnail_file_id: string | null };

const TYPES = ["image/png", "image/jpeg", "image/gif", "image/webp"];
const LARGEST = 10 * 1024 * 1024;
/** The stock pictures are ten; each has its own colour around the circle. *Units*: degrees. */
const STEP = 36;

/** An address of bytes in the page, given back when they are shown no more. */
function useObjectUrl(blob: Blob | null | undefined): string | undefined {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (!blob) return;
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => {
      setUrl(undefined);
      URL.revokeObjectURL(made);
    };
  }, [blob]);
  return url;
}

export function Emblem({
  of,
  header,
  path,
  blob,
  large,
}: {
  of: Pictured;
  header: Record<string, string>;
  path: string;
  /** What is shown in its place: one that was just chosen, or none. */
  blob?: Blob | null;
  large?: boolean;
}) {
  const kept = useQuery(uploadedPictureQuery(header, path, of.thumbnail_file_id)).data;
  const url = useObjectUrl(blob === undefined ? kept : blob);
  if (url) return <img className={css.emblem} data-large={large} src={url} alt="" />;
  return (
    <span
      className={css.emblem}
      data-large={large}
      style={{ "--hue": of.defaultAvatar * STEP } as React.CSSProperties}
      aria-hidden
    >
      {[...of.name.trim()].slice(0, 2).join("").toUpperCase()}
    </span>
  );
}

export function PictureField({
  of,
  header,
  path,
  value,
  onChange,
}: {
  of: Pictured;
  header: Record<string, string>;
  path: string;
  value: File | null | undefined;
  onChange: (picture: File | null | undefined) => void;
}) {
  const [problem, setProblem] = useState("");
  const choose = (file: File | undefined) => {
    if (!file) return;
    const wrong = !TYPES.includes(file.type)
      ? workspaceWords.wrongType
      : file.size > LARGEST
        ? workspaceWords.tooLarge(sizeText(file.size))
        : "";
    setProblem(wrong);
    if (!wrong) onChange(file);
  };
  const has = value !== undefined ? value !== null : of.thumbnail_file_id !== null;
  return (
    <fieldset aria-label={workspaceWords.picture} className={css.picture}>
      <Emblem of={of} header={header} path={path} blob={value} large />
      <div className={css.beside}>
        <div className={css.buttons}>
          <FileTrigger acceptedFileTypes={TYPES} onSelect={(files) => choose(files?.[0])}>
            <Button>{workspaceWords.choosePicture}</Button>
          </FileTrigger>
          {has && (
            <Button
              look="quiet"
              onPress={() => {
                setProblem("");
                // One that was only chosen is let go of; one that is kept is to be taken away.
                onChange(of.thumbnail_file_id === null ? undefined : null);
              }}
            >
              {workspaceWords.takeAway}
            </Button>
          )}
        </div>
        <span className={problem ? controls.error : controls.hint} role={problem ? "alert" : undefined}>
          {problem || workspaceWords.pictureHint}
        </span>
      </div>
    </fieldset>
  );
}
