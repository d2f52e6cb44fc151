import type uPlot from "uplot";

export type Range = [from: number, to: number];

// A Timeline is the x axis that plots share: what all of them show, and where
// the cursor is. The range follows the data until somebody zooms.
export class Timeline {
  private plots = new Set<uPlot>();
  private heard = new Set<() => void>();
  whole: Range = [0, 1];
  zoom: Range | null = null;
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
    return this.zoom ?? this.whole;
  }

  get isZoomed(): boolean {
    return this.zoom != null;
  }

  // extend sets what there is to see, unless only a part of it is known; the zoom
  // stays.
  extend(whole: Range | null, now: number) {
    if (whole) this.whole = whole;
    this.now = now;
  }

  zoomTo([from, to]: Range) {
    if (to - from < 120) return; // a click, not a span
    this.zoom = [from, to];
    this.apply();
  }

  reset() {
    this.zoom = null;
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
