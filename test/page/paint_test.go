package page

import "fmt"

// paint is how many pixel columns of a plot, right of its y axis and above its
// x axis, have something in a colour of the style sheet.
type paint struct {
	All    int // columns there are
	Ink    int // the load of the past
	Accent int // the median, or the floor
	Band   int
	Warm   int // replicas
}

// measure reads a copy of the canvas, as reading the canvas itself slows it
// down and Chromium says so. A band is the accent, let through: its pixels are
// those that have little alpha.
const measure = `(id => {
	const canvas = document.querySelector("[data-testid=" + id + "] canvas")
	const dpr = devicePixelRatio, left = 64 * dpr, w = canvas.width - left, h = canvas.height - 56 * dpr
	const copy = Object.assign(document.createElement("canvas"), {width: w, height: h}).getContext("2d", {willReadFrequently: true})
	copy.drawImage(canvas, -left, 0)
	const data = copy.getImageData(0, 0, w, h).data
	const style = getComputedStyle(document.documentElement)
	const rgb = name => [1, 3, 5].map(i => parseInt(style.getPropertyValue("--" + name).trim().slice(i, i + 2), 16))
	const [ink, accent, warm] = ["ink", "accent", "warm"].map(rgb)
	const near = (i, c, by) => c.every((v, k) => Math.abs(data[i + k] - v) <= by)
	const out = {All: w, Ink: 0, Accent: 0, Band: 0, Warm: 0}
	for (let x = 0; x < w; x++) {
		let seen = {}
		for (let y = 0; y < h; y++) {
			const i = (y * w + x) * 4, alpha = data[i + 3]
			if (alpha > 150 && near(i, ink, 24)) seen.Ink = 1
			if (alpha > 150 && near(i, accent, 24)) seen.Accent = 1
			if (alpha > 150 && near(i, warm, 24)) seen.Warm = 1
			if (alpha > 20 && alpha < 60 && near(i, accent, 40)) seen.Band = 1
		}
		for (const k in seen) out[k]++
	}
	return out
})(%q)`

func (p *tab) paint(id string) paint {
	p.t.Helper()
	return value[paint](p, fmt.Sprintf(measure, id))
}
