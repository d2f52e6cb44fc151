import { useRef, useState } from "preact/hooks";

// Copyable shows code with a button that copies it.
export function Copyable({ code }: { code: string }) {
  const block = useRef<HTMLElement>(null);
  const [said, say] = useState("Copy");

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(code);
      say("Copied");
    } catch {
      // Only secure origins have a clipboard; elsewhere the text is selected.
      getSelection()?.selectAllChildren(block.current!);
      say("Selected");
    }
    setTimeout(() => say("Copy"), 1500);
  };
  return (
    <div class="code">
      <pre>
        <code ref={block}>{code}</code>
      </pre>
      <button type="button" onClick={copy} aria-live="polite">
        {said}
      </button>
    </div>
  );
}
