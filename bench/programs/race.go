// SPDX-License-Identifier: BSL-1.0

// What bench/programs/first_byte.cpp measures, for Go's net.Dialer, which is handed a name.
package main

import (
	"fmt"
	"net"
	"os"
	"time"
)

func timeFirstByte(address string) (time.Duration, error) {
	started := time.Now()
	var dialer net.Dialer
	connection, err := dialer.Dial("tcp", address)
	if err != nil {
		return 0, err
	}
	defer connection.Close()
	if _, err := connection.Write(make([]byte, 64)); err != nil {
		return 0, err
	}
	if _, err := connection.Read(make([]byte, 1)); err != nil {
		return 0, err
	}
	return time.Since(started), nil
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: race_go HOST:PORT")
		os.Exit(2)
	}
	elapsed, err := timeFirstByte(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "race_go:", err)
		os.Exit(1)
	}
	fmt.Println(float64(elapsed) / float64(time.Millisecond))
}
