import type uPlot from "uplot";

export type Range = [from: number, to: number];

// A Timeline is the x axis that plots share: what all of them show, and where
// the cursor is. The range follows the data until somebody zooms.
export class Timeline {
  private plots = new Set<uPlot>();
  private heard = new Set<() => void>();
  private whole: Range = [0, 1];
  private zoomed: Range | null = null;
  now = 0;

  join(u: uPlot): () => void {
    this.plots.add(u);
    return () => this.plots.delete(u);
  }

  listen(f: () => void): () => void {
    this.heard.add(f);
    return () => this.heard.delete(f);
  }

  get range(): Range {
    return this.zoomed ?? this.whole;
  }

  get isZoomed(): boolean {
    return this.zoomed != null;
  }

  // extend sets what there is to see; the zoom stays.
  extend(whole: Range, now: number) {
    this.whole = whole;
    this.now = now;
  }

  zoom([from, to]: Range) {
    if (to - from < 120) return; // a click, not a span
    this.zoomed = [from, to];
    this.apply();
  }

  reset() {
    this.zoomed = null;
    this.apply();
  }

  private apply() {
    for (const u of this.plots) this.show(u);
    for (const f of this.heard) f();
  }

  // show brings one plot to the range; its y axis follows.
  show(u: uPlot) {
    const [min, max] = this.range;
    u.setScale("x", { min, max });
  }

  // point puts the cursor of every plot at a time.
  point(t: number) {
    for (const u of this.plots) u.setCursor({ left: u.valToPos(t, "x"), top: u.cursor.top && u.cursor.top > 0 ? u.cursor.top : 1 });
  }
}
