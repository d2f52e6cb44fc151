package files

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
)

// maxText bounds what is read of one file, unpacked.
const maxText = 1 << 30

// decode returns the text of r: unpacked, in UTF-8, without a byte order mark.
func decode(r io.Reader) (string, error) {
	b := bufio.NewReader(r)
	if magic, _ := b.Peek(2); string(magic) == "\x1f\x8b" {
		z, err := gzip.NewReader(b)
		if err != nil {
			return "", fmt.Errorf("gzip: %w", err)
		}
		defer z.Close()
		b = bufio.NewReader(z)
	}
	raw, err := io.ReadAll(io.LimitReader(b, maxText+1))
	switch {
	case err != nil:
		return "", err
	case len(raw) > maxText:
		return "", fmt.Errorf("it holds more than %d MiB", maxText>>20)
	case bytes.HasPrefix(raw, []byte("\xef\xbb\xbf")):
		raw = raw[3:]
	case bytes.HasPrefix(raw, []byte("\xff\xfe")):
		return fromUTF16(raw[2:], binary.LittleEndian), nil
	case bytes.HasPrefix(raw, []byte("\xfe\xff")):
		return fromUTF16(raw[2:], binary.BigEndian), nil
	case bytes.HasPrefix(raw, []byte("PK\x03\x04")):
		return "", errors.New("it is a ZIP archive or an Excel workbook: save the sheet as CSV")
	case bytes.IndexByte(raw[:min(len(raw), 4096)], 0) >= 0:
		return "", errors.New("it is no text; if it is UTF-16 without a byte order mark, save it as UTF-8")
	}
	return strings.ToValidUTF8(string(raw), "\uFFFD"), nil
}

func fromUTF16(raw []byte, order binary.ByteOrder) string {
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = order.Uint16(raw[2*i:])
	}
	return string(utf16.Decode(units))
}
