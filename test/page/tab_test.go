package page

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// A tab shows one page and notices what is wrong in it.
type tab struct {
	t    *testing.T
	ctx  context.Context
	home *url.URL

	mu     sync.Mutex
	faults []string
	excuse func(fault string) bool // faults that the scenario provokes; nil for none
}

// tell makes the console say what the content security policy forbade.
const tell = `addEventListener("securitypolicyviolation", e => console.error("CSP:", e.violatedDirective, e.blockedURI))`

// clock sets the page's clock by so many seconds, as that of the server is where
// everything is built with the overlay of test/clock.
func clock() string {
	offset := cmp.Or(os.Getenv("HIGHWATER_TEST_CLOCK_OFFSET"), "0")
	return `{
		const real = Date, off = ` + offset + ` * 1000;
		globalThis.Date = class extends real {
			constructor(...args) { args.length ? super(...args) : super(real.now() + off); }
			static now() { return real.now() + off; }
		};
	}`
}

// open shows the page at an address, with what comes after its "#", once the
// given actions have set the tab up. At the end of the test the tab must have
// had no faults.
func (b *browser) open(t *testing.T, home, hash string, first ...action) *tab {
	t.Helper()
	at, err := url.Parse(home)
	if err != nil {
		t.Fatal(err)
	}
	life, leave := chromedp.NewContext(b.ctx)
	p := &tab{t: t, home: at}
	if err := chromedp.Listen(life, p.notice); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	ctx, cancel := context.WithTimeout(life, 2*patience)
	p.ctx = ctx
	t.Cleanup(func() {
		if t.Failed() {
			p.tellState()
		}
		cancel()
		leave()
		for _, fault := range p.found() {
			t.Error(fault)
		}
	})
	p.do("set the tab up",
		chromedp.EmulateViewport(1400, 900),
		send(emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "UTC"}),
		send(emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}),
		send(cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: tell}),
		send(cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: clock()}),
	)
	p.do("set the tab up", first...)
	p.do("open "+home, chromedp.Navigate(home+hash))
	return p
}

// An action is what a tab is told to do.
type action = chromedp.Action[chromedp.Void]

// send is a command of the protocol whose answer does not matter.
func send[P, R any](cmd cdp.Command[P, R], params P) action {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, cmd, params)
		return err
	})
}

// notice keeps what is wrong among what the browser reports.
func (p *tab) notice(event any) {
	var fault string
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		fault = "exception: " + e.ExceptionDetails.Text
		if thrown := e.ExceptionDetails.Exception; thrown != nil {
			fault += " " + thrown.Description
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning || e.Type == runtime.ConsoleAPICalledTypeAssert {
			words := []string{"console:"}
			for _, a := range e.Args {
				words = append(words, string(a.Value), a.Description)
			}
			fault = strings.Join(words, " ")
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			fault = fmt.Sprintf("log: %s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		if u, err := url.Parse(e.Request.URL); err != nil || u.Host != p.home.Host && u.Scheme != "data" {
			fault = "request to another host: " + e.Request.URL
		}
	}
	if fault == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.excuse == nil || !p.excuse(fault) {
		p.faults = append(p.faults, fault)
	}
}

func (p *tab) found() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.faults)
}

// forgive lets faults that contain any of the words pass from now on.
func (p *tab) forgive(words ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.excuse = func(fault string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(fault, w) })
	}
}

// do runs actions; what says what they do.
func (p *tab) do(what string, actions ...action) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, actions...); err != nil {
		p.t.Fatalf("%s: %v", what, err)
	}
}

// value returns what an expression is in the page; a promise's value is
// waited for.
func value[T any](p *tab, js string) T {
	p.t.Helper()
	out, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%s: %v", js, err)
	}
	return out
}

// until waits for an expression to be true.
func (p *tab) until(js string) {
	p.t.Helper()
	eventually(p.t, js, func() bool { return value[bool](p, "Promise.resolve("+js+").then(Boolean)") })
}

// eventually waits until something holds; what says what.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not so within %v: %s", patience, what)
		}
	}
}

// text returns the text of the first element that matches.
func (p *tab) text(selector string) string {
	p.t.Helper()
	return value[string](p, fmt.Sprintf(`document.querySelector(%q)?.innerText ?? ""`, selector))
}

// shows waits for an element to have a text in it.
func (p *tab) shows(selector, text string) {
	p.t.Helper()
	p.until(fmt.Sprintf(`document.querySelector(%q)?.innerText.includes(%q)`, selector, text))
}

// click clicks the first element that matches, once it is there.
func (p *tab) click(selector string) {
	p.t.Helper()
	p.do("click "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// choose takes an option of a select.
func (p *tab) choose(selector, option string) {
	p.t.Helper()
	value[bool](p, fmt.Sprintf(`(e => { e.value = %q; return e.dispatchEvent(new Event("change", {bubbles: true})) })(document.querySelector(%q))`, option, selector))
}

// picture writes a picture of the whole page to the artifacts.
func (p *tab) picture(name string) {
	p.t.Helper()
	p.write(name, chromedp.FullScreenshot(100))
}

// pictureOf writes a picture of one element to the artifacts.
func (p *tab) pictureOf(selector, name string) {
	p.t.Helper()
	p.write(name, chromedp.Screenshot(chromedp.CSS(selector)))
}

func (p *tab) write(name string, picture chromedp.Action[[]byte]) {
	p.t.Helper()
	dir := os.Getenv("HIGHWATER_ARTIFACTS")
	if dir == "" {
		dir = p.t.TempDir()
	}
	png, err := chromedp.Run(p.ctx, picture)
	if err != nil {
		p.t.Fatalf("take a picture: %v", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// tellState logs what a failed tab showed.
func (p *tab) tellState() {
	ctx, cancel := context.WithTimeout(p.ctx, 2*time.Second)
	defer cancel()
	state, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location + "\n" + document.body.innerText`))
	if err != nil {
		p.t.Logf("the tab does not answer: %v", err)
		return
	}
	p.t.Logf("the tab was at %s", state)
}
