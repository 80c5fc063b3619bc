// Reads a topic from its beginning to the end that was there, with franz-go and read_committed: a line for
// each record, "partition offset value".
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	servers, topic := os.Args[1], os.Args[2]
	client, err := kgo.NewClient(
		kgo.SeedBrokers(strings.Split(servers, ",")...),
		kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
	)
	if err != nil {
		panic(err)
	}
	defer client.Close()
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for {
		ctx, cancel := context.WithTimeout(context.Background(), 4*time.Second)
		fetches := client.PollFetches(ctx)
		cancel()
		if ctx.Err() != nil && fetches.NumRecords() == 0 {
			return
		}
		fetches.EachRecord(func(r *kgo.Record) {
			fmt.Fprintf(out, "%d %d %s\n", r.Partition, r.Offset, r.Value)
		})
	}
}
