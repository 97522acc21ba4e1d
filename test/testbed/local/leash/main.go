// Command leash runs another command for as long as its own standard input stays open, then kills it with its children and
// removes the folder of the testbed. The test process holds the other end, so whatever ends that process, SIGKILL
// included, ends the command too. A command that ends by itself leaves the folder, and its log in there, to be read.
package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: leash FOLDER COMMAND [ARGUMENT...]")
		os.Exit(2)
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM)

	command := exec.Command(os.Args[2], os.Args[3:]...)
	command.Stdout = os.Stdout
	command.Stderr = os.Stderr
	// A group of its own, so that one kill takes all of it.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := command.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(127)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	letGo := make(chan struct{})
	go func() {
		// A read error means the same as the end: nobody holds the other end any more.
		_, _ = io.Copy(io.Discard, os.Stdin)
		close(letGo)
	}()

	select {
	case failure := <-ended:
		fmt.Fprintln(os.Stderr, os.Args[2], "has ended:", failure)
		os.Exit(1)
	case <-letGo:
	case <-signals:
	}
	_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
	<-ended
	if err := os.RemoveAll(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
