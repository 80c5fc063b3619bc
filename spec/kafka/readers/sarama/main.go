// Reads a topic from its beginning to the end that was there, with sarama and read_committed: a line for
// each record, "partition offset value".
package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/IBM/sarama"
)

func main() {
	servers, topic := os.Args[1], os.Args[2]
	config := sarama.NewConfig()
	config.Version = sarama.V2_5_0_0
	config.Consumer.IsolationLevel = sarama.ReadCommitted
	consumer, err := sarama.NewConsumer(strings.Split(servers, ","), config)
	check(err)
	defer consumer.Close()
	partitions, err := consumer.Partitions(topic)
	check(err)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for _, partition := range partitions {
		read(consumer, topic, partition, out)
	}
}

func read(consumer sarama.Consumer, topic string, partition int32, out *bufio.Writer) {
	records, err := consumer.ConsumePartition(topic, partition, sarama.OffsetOldest)
	check(err)
	defer records.AsyncClose()
	for {
		select {
		case r := <-records.Messages():
			fmt.Fprintf(out, "%d %d %s\n", r.Partition, r.Offset, r.Value)
		case <-time.After(4 * time.Second):
			return
		}
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
