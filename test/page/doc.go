// Package page tests the web page as its readers have it: a Chromium drives
// what a real `highwater demo` serves. It holds only tests.
//
// TestPage starts one server and one browser; every scenario has a tab of its
// own and runs beside the others. A tab fails its test for whatever is wrong in
// any page: an error in the console, a breach of the content security policy, a
// request to another host.
//
// Chromium is found in the path or named by HIGHWATER_CHROMIUM; `make test`
// installs it. Screenshots go to HIGHWATER_ARTIFACTS, if set.
package page
