// Reads framed bodies (4 bytes length, one byte of which types to decode into, the body) and answers each with what Go's encoding/json sees in it: one view a line, name, tab,
// canonical text, or "-" where it refuses. The view "struct" is what servers written in Go use: names matched whatever their case. See ../canonical.ts.
package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sort"
	"strconv"
	"strings"
)

func quoted(text string) string {
	var out strings.Builder
	out.WriteByte('"')
	for _, r := range text {
		if r >= 0x20 && r < 0x7f && r != '"' && r != '\\' {
			out.WriteRune(r)
		} else {
			fmt.Fprintf(&out, "\\u{%x}", r)
		}
	}
	out.WriteByte('"')
	return out.String()
}

func decimal(lexeme string) string {
	sign := ""
	if strings.HasPrefix(lexeme, "-") {
		sign, lexeme = "-", lexeme[1:]
	}
	mantissa, exponent, _ := strings.Cut(strings.ToLower(lexeme), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	if digits == "" {
		return sign + "0"
	}
	kept := strings.TrimRight(digits, "0")
	power := 0
	if exponent != "" {
		power, _ = strconv.Atoi(exponent)
	}
	return fmt.Sprintf("%s%se%d", sign, kept, power-len(fraction)+len(digits)-len(kept))
}

func canonical(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	case string:
		return quoted(v)
	case float64:
		return decimal(strconv.FormatFloat(v, 'e', -1, 64))
	case json.Number:
		return decimal(string(v))
	case []any:
		parts := make([]string, len(v))
		for i, item := range v {
			parts[i] = canonical(item)
		}
		return "[" + strings.Join(parts, ",") + "]"
	case map[string]any:
		parts := make([][2]string, 0, len(v))
		for key, item := range v {
			parts = append(parts, [2]string{quoted(key), canonical(item)})
		}
		sort.Slice(parts, func(i, j int) bool { return parts[i][0] < parts[j][0] })
		out := make([]string, len(parts))
		for i, part := range parts {
			out[i] = part[0] + ":" + part[1]
		}
		return "{" + strings.Join(out, ",") + "}"
	}
	panic("not a JSON value")
}

type message struct {
	JSONRPC *string `json:"jsonrpc,omitempty"`
	ID      any     `json:"id,omitempty"`
	Method  *string `json:"method,omitempty"`
	Params  *struct {
		Name            *string `json:"name,omitempty"`
		URI             *string `json:"uri,omitempty"`
		TaskID          *string `json:"taskId,omitempty"`
		ProtocolVersion *string `json:"protocolVersion,omitempty"`
		Arguments       any     `json:"arguments,omitempty"`
		Ref             *struct {
			Type *string `json:"type,omitempty"`
			Name *string `json:"name,omitempty"`
			URI  *string `json:"uri,omitempty"`
		} `json:"ref,omitempty"`
		Meta *struct {
			ProtocolVersion *string `json:"io.modelcontextprotocol/protocolVersion,omitempty"`
		} `json:"_meta,omitempty"`
	} `json:"params,omitempty"`
}

// The arguments of a tool as its server's own type: each field by its name, whatever its case.
type arguments struct {
	Location    any `json:"location"`
	Days        any `json:"days"`
	Exact       any `json:"exact"`
	Near        any `json:"near"`
	Code        any `json:"code"`
	N           any `json:"n"`
	AmountCents any `json:"amount_cents"`
}

func typedViews(body []byte) string {
	var call struct {
		Params struct {
			Arguments arguments `json:"arguments"`
		} `json:"params"`
	}
	if json.Unmarshal(body, &call) != nil {
		return ""
	}
	seen := call.Params.Arguments
	views := ""
	for _, field := range []struct {
		name  string
		value any
	}{{"location", seen.Location}, {"days", seen.Days}, {"exact", seen.Exact}, {"near", seen.Near}, {"code", seen.Code}, {"n", seen.N}, {"amount_cents", seen.AmountCents}} {
		if field.value != nil {
			views += "\ntyped." + field.name + "\t" + canonical(field.value)
		}
	}
	return views
}

type named struct {
	Name *string `json:"name,omitempty"`
}

type completion struct {
	Model *string `json:"model,omitempty"`
	Tools *[]struct {
		Type     *string `json:"type,omitempty"`
		Name     *string `json:"name,omitempty"`
		Function *named  `json:"function,omitempty"`
		Custom   *named  `json:"custom,omitempty"`
	} `json:"tools,omitempty"`
	Functions *[]named `json:"functions,omitempty"`
	Stream    *bool    `json:"stream,omitempty"`
}

// What the struct holds, by writing it out again: absent fields stay absent.
func structView(body []byte, target any) string {
	if json.Unmarshal(body, target) != nil {
		return "-"
	}
	written, err := json.Marshal(target)
	if err != nil {
		return "-"
	}
	return view(written)
}

func view(body []byte) string {
	var value any
	if json.Unmarshal(body, &value) != nil {
		return "-"
	}
	return canonical(value)
}

func numberView(body []byte) string {
	decoder := json.NewDecoder(strings.NewReader(string(body)))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return "-"
	}
	return canonical(value)
}

func main() {
	in, out := bufio.NewReaderSize(os.Stdin, 1<<20), bufio.NewWriterSize(os.Stdout, 1<<20)
	head := make([]byte, 5)
	for {
		if in.Buffered() == 0 {
			out.Flush()
		}
		if _, err := io.ReadFull(in, head); err != nil {
			out.Flush()
			return
		}
		body := make([]byte, binary.BigEndian.Uint32(head))
		if _, err := io.ReadFull(in, body); err != nil {
			return
		}
		answer := "map\t" + view(body) + "\nnumber\t" + numberView(body)
		switch head[4] {
		case 'm':
			answer += "\nstruct\t" + structView(body, &message{})
		case 'c':
			answer += "\nstruct\t" + structView(body, &completion{})
		}
		if head[4] == 'm' {
			answer += typedViews(body)
		}
		var length [4]byte
		binary.BigEndian.PutUint32(length[:], uint32(len(answer)))
		out.Write(length[:])
		out.WriteString(answer)
	}
}
