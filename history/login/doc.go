// Package login logs requests in to metric stores that ask for more than a
// password or a token from a file: OAuth2 client credentials, and the identities
// that the clouds give to a pod (AWS SigV4, Microsoft Entra, Google). Requests
// for tokens are small and documented, so the clouds' SDKs, which would be most
// of the controller, are not needed.
//
//	l, err := login.New(login.Options{SigV4: &login.SigV4{Region: "eu-west-1"}}, store)
//	client.Transport = l.Wrap(client.Transport)
//
// Secrets come from files and from the variables that the clouds' webhooks set.
// Files are read anew for each token. Tokens are kept in memory, renewed ahead of
// their expiry, and sent to the store's host only. No secret is in a message.
package login
