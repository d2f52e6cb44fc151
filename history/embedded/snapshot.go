package embedded

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/oklog/ulid/v2"
)

// OpenDB opens the data folder of a Prometheus, or a snapshot of one, to read
// it as it is now: blocks, and what lies in the write-ahead log if there is
// one. The Prometheus may be running. Nothing is written to dir.
//
// tsdb.DBReadOnly would replay the log for each query and serves one goroutine
// only. So a temporary folder is made that a whole database can be opened in:
// links to the blocks, which never change, and copies of what a database
// writes to (hard links, where the file system allows).
func OpenDB(dir string, o Options) (*Engine, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	temp, err := os.MkdirTemp("", "highwater-tsdb-")
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := mirror(dir, temp); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", dir, err), os.RemoveAll(temp))
	}
	opts := databaseOptions()
	opts.NoLockfile = true
	e, err := open(temp, temp, opts, o)
	if err != nil {
		return nil, fmt.Errorf("prometheus data in %s: %w", dir, err)
	}
	e.db.readOnly = true
	return e, nil
}

// mirror makes a database in temp that has the data of the one in dir.
func mirror(dir, temp string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	found := 0
	for _, entry := range entries {
		name := entry.Name()
		from, to := filepath.Join(dir, name), filepath.Join(temp, name)
		switch _, notBlock := ulid.ParseStrict(name); {
		case notBlock == nil:
			err = linkBlock(from, to)
		case name == "wal" || name == "wbl" || name == "chunks_head":
			err = copyTree(from, to)
		default:
			continue
		}
		if err != nil {
			return err
		}
		found++
	}
	if found == 0 {
		return errors.New("no blocks and no wal here; want Prometheus' --storage.tsdb.path, or a folder below its snapshots/")
	}
	return nil
}

// linkBlock makes a folder of links, as the database skips links to folders.
func linkBlock(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	if err := os.Mkdir(to, 0o700); err != nil {
		return err
	}
	for _, e := range entries {
		if err := os.Symlink(filepath.Join(from, e.Name()), filepath.Join(to, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

func copyTree(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	if err := os.Mkdir(to, 0o700); err != nil {
		return err
	}
	for _, e := range entries {
		src, dst := filepath.Join(from, e.Name()), filepath.Join(to, e.Name())
		if e.IsDir() {
			err = copyTree(src, dst)
		} else {
			err = copyFile(src, dst)
		}
		if errors.Is(err, os.ErrNotExist) {
			continue // a running Prometheus removed it meanwhile, since it is in a block now
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func copyFile(src, dst string) error {
	if os.Link(src, dst) == nil {
		return nil
	}
	in, err := os.Open(src)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(dst, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
