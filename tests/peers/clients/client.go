// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Go's net/http: see test_languages.py.
package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"os"
)

func ask(path string, fields map[string]string) (*http.Response, [32]byte) {
	request, err := http.NewRequest("GET", os.Args[1]+path, nil)
	if err != nil {
		panic(err)
	}
	for name, value := range fields {
		request.Header.Set(name, value)
	}
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		panic(err)
	}
	content, err := io.ReadAll(reply.Body)
	if err != nil {
		panic(err)
	}
	return reply, sha256.Sum256(content)
}

func main() {
	whole, digest := ask("/big", nil)
	tag := whole.Header.Get("ETag")
	fmt.Printf("%d %x\n", whole.StatusCode, digest)
	rest, restDigest := ask("/big", map[string]string{
		"Range": "bytes=" + os.Args[2] + "-", "If-Range": tag})
	fmt.Printf("%d %x\n", rest.StatusCode, restDigest)
	same, _ := ask("/big", map[string]string{"If-None-Match": tag})
	fmt.Println(same.StatusCode)
	query, _ := ask("/page.html?a[]=1&b={2}|3", nil)
	fmt.Println(query.StatusCode)
}
