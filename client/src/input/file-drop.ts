/** What a drag of a file over the page means. */
export interface FileDropEvents {
  /** A file hangs over the page at this client position; null when it left. */
  over(at: { x: number; y: number } | null): void;
  drop(files: File[], at: { x: number; y: number }): void;
}

/** Lets files be dropped anywhere on the page. */
export function listenForFiles(target: Window, events: FileDropEvents): void {
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
  const place = (event: DragEvent) => ({ x: event.clientX, y: event.clientY });
  target.addEventListener('dragover', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
    events.over(place(event));
  });
  target.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) events.over(null);
  });
  target.addEventListener('drop', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    events.over(null);
    events.drop([...(event.dataTransfer?.files ?? [])], place(event));
  });
}

/** Opens the system's file dialog for one GLB; resolves with null when it is dismissed. */
export function chooseFile(): Promise<File | null> {
  return new Promise((resolve) => {
    const input = document.createElement('input');
    input.type = 'file';
    input.accept = '.glb,model/gltf-binary';
    input.onchange = () => resolve(input.files?.[0] ?? null);
    input.oncancel = () => resolve(null);
    input.click();
  });
}
