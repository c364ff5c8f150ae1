#!/usr/bin/env bash
# How quick the pages are: wrk against a release server on a generated desk, both on this machine.
#
#   benches/pages.sh [CONVERSATIONS [MESSAGES]]        (default: 100000 and 500000)
#
# Prints a Markdown table: the median and the 99th percentile of the whole answer, pages a second with 1 and with 8
# clients, and the ratio to /healthz, which is the same way through front, worker and file without a page. Machines
# differ, so compare ratios of one run and not figures of two. The floor stands below: each list by its bare statement,
# and an answer of tiny_http without anything. Then deliveries, signed and kept, and how soon another browser sees one.
#
# PROFILE=ci builds quicker than the release; FOLDER is where the desks lie, PORT where they are served.
set -euo pipefail
cd "$(dirname "$0")/.."

conversations=${1:-100000}
messages=${2:-500000}
seconds=${SECONDS_EACH:-5}
INTAKE=${INTAKE:-20000}
port=${PORT:-18080}
folder=${FOLDER:-target/bench}
profile=${PROFILE:-release}
db=$folder/desk-$conversations-$messages.db
password=correct-horse-battery
binary=${CARGO_TARGET_DIR:-target}/$profile/transom

for program in wrk curl sqlite3 awk jq; do
    command -v "$program" >/dev/null || { echo "$program is missing" >&2; exit 1; }
done
cargo build --profile "$profile" --quiet --bin transom
load=$(cargo build --profile "$profile" --quiet --bench load --message-format=json | jq -r 'select(.executable and .target.name == "load") | .executable' | tail -1)
mkdir -p "$folder"
if [ ! -f "$db" ]; then
    rm -f "${db%.db}.key"
    "$binary" generate --conversations "$conversations" --messages "$messages" --db "$db" --password "$password"
    # Deliveries come to a channel of its own kind.
    "$binary" channel add custom --name Load --set secret=load-secret --db "$db" >/dev/null
fi
channel=$(sqlite3 "file:$db?mode=ro" "SELECT id FROM channel WHERE kind = 'custom' AND name = 'Load'")
deep=$(sqlite3 "file:$db?mode=ro" "SELECT last_message_at || '.' || id FROM conversation WHERE status = 'closed' ORDER BY last_message_at LIMIT 1 OFFSET $((conversations / 3))")

"$binary" serve --db "$db" --listen "127.0.0.1:$port" >"$folder/serve.log" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || true' EXIT
begun=$(date +%s%N)
until curl -sf "http://127.0.0.1:$port/healthz" >/dev/null; do
    kill -0 $server || { cat "$folder/serve.log" >&2; exit 1; }
    sleep 0.002
done
started=$((($(date +%s%N) - begun) / 1000000))
memory() { awk '/VmRSS/ { printf "%.1f MB", $2 / 1024 }' "/proc/$server/status"; }
rest=$(memory)
# After a start the desk looks once at every page of its file, which takes a core.
ticks() { awk '{ print $14 + $15 }' "/proc/$server/stat"; }
until before=$(ticks) && sleep 1 && [ $(($(ticks) - before)) -le 5 ]; do :; done

jar=$folder/cookies
rm -f "$jar"
base=http://127.0.0.1:$port
curl -s -o /dev/null -c "$jar" -b "$jar" -H "Origin: $base" \
    --data-urlencode "email=admin@example.org" --data-urlencode "password=$password" "$base/login"
cookie=$(awk '$6 ~ /^(__Host-)?transom$/ { print $6 "=" $7 }' "$jar" | tail -1)
[ -n "$cookie" ] || { echo "could not sign in" >&2; exit 1; }

# microseconds of "12.34us", "1.20ms" or "1.00s"
micros() { awk -v t="$1" 'BEGIN { n = t + 0; if (t ~ /ms$/) n *= 1000; else if (t ~ /us$/) n *= 1; else n *= 1000000; printf "%.0f", n }'; }

declare -A floor
row() { # NAME PATH
    local status
    status=$(curl -s -o "$folder/page" -w '%{http_code}' -H "Cookie: $cookie" "$base$2")
    [ "$status" = 200 ] || { echo "| $1 | answered $status | | | | | |"; return; }
    for clients in 1 8; do
        local out p50 p99 rate bytes
        out=$(wrk -t1 -c"$clients" -d"${seconds}s" --latency -H "Cookie: $cookie" "$base$2")
        p50=$(micros "$(awk '$1 == "50%" { print $2 }' <<<"$out")")
        p99=$(micros "$(awk '$1 == "99%" { print $2 }' <<<"$out")")
        rate=$(awk '/^Requests\/sec/ { printf "%.0f", $2 }' <<<"$out")
        bytes=$(stat -c %s "$folder/page")
        [ -n "${floor[$clients]:-}" ] || floor[$clients]=$p50
        awk -v n="$1" -v c="$clients" -v a="$p50" -v b="$p99" -v r="$rate" -v s="$bytes" -v f="${floor[$clients]}" \
            'BEGIN { printf "| %s | %d | %.2f | %.2f | %d | %d | %.1f |\n", n, c, a / 1000, b / 1000, r, s, a / f }'
    done
}

newest=$(sqlite3 "file:$db?mode=ro" "SELECT id FROM conversation WHERE status = 'open' ORDER BY last_message_at DESC LIMIT 1")
longest=$(sqlite3 "file:$db?mode=ro" "SELECT conversation_id FROM message WHERE id < 200000 GROUP BY 1 ORDER BY count(*) DESC LIMIT 1")
address=$(sqlite3 "file:$db?mode=ro" "SELECT value FROM address WHERE kind = 'email' LIMIT 1")
phone=$(sqlite3 "file:$db?mode=ro" "SELECT substr(value, -6) FROM address WHERE kind = 'phone' LIMIT 1")

echo "| page | clients | p50 ms | p99 ms | a second | bytes | ratio |"
echo "|---|---|---|---|---|---|---|"
row 'healthz (the floor)' /healthz
row 'inbox, all open' '/inbox?view=all&status=open'
row 'inbox, all closed' '/inbox?view=all&status=closed'
row 'inbox, deep in closed' "/inbox?view=all&status=closed&after=$deep"
row 'inbox, mine' '/inbox?view=mine&status=open'
row 'inbox, unassigned' '/inbox?view=unassigned&status=open'
row 'inbox, waiting longest' '/inbox?view=all&status=open&sort=waiting'
row 'search, one letter' '/inbox?view=all&status=closed&q=a'
row 'search, a name' '/inbox?view=all&status=closed&q=garc'
row 'search, a phone' "/inbox?view=all&status=closed&q=$phone"
row 'contacts, one letter' '/contacts?q=a'
row 'contacts, a name' '/contacts?q=garc'
row 'contacts, a phone' "/contacts?q=$phone"
row 'contacts, an address' "/contacts?q=$address"
common=$(sqlite3 "file:$db?mode=ro" "SELECT word FROM term WHERE length(word) > 2 ORDER BY rank DESC LIMIT 1")
rare=$(sqlite3 "file:$db?mode=ro" "SELECT word FROM term WHERE rank = 1 AND word GLOB 'a[0-9]*' LIMIT 1")
row 'messages, the commonest word' "/search?q=$common%20"
row 'messages, as one types' "/search?q=re"
row 'messages, a rare word' "/search?q=$rare%20"
row 'messages, a phrase' '/search?q=%22please+can%22'
row 'messages, Japanese' '/search?q=%E8%BF%94%E9%87%91'
row 'messages, two languages' '/search?q=the+ich%20'
row 'messages, best first' "/search?q=$common%20&sort=best"
row 'messages, with operators' "/search?q=$common+channel:email+status:open+after:30d"
row 'messages, one person' "/search?q=from:%2B$phone+$common%20"
row 'messages, nothing found' '/search?q=qqzzqq'
row 'conversation, newest' "/conversations/$newest"
row 'conversation, longest' "/conversations/$longest"
file=$(sqlite3 "file:$db?mode=ro" "SELECT key FROM attachment WHERE size > 1000000 LIMIT 1")
[ -z "$file" ] || row 'a file of a megabyte' "/attachments/$file"

echo
echo "| deliveries | number | a second | p50 ms | p99 ms |"
echo "|---|---|---|---|---|"
"$load" intake "127.0.0.1:$port" "$channel" load-secret 1 "$((INTAKE / 10))"
"$load" intake "127.0.0.1:$port" "$channel" load-secret 32 "$INTAKE"
"$load" live "127.0.0.1:$port" "$cookie" "$channel" load-secret 50

echo
echo "| floor | rows | p50 µs | p99 µs |"
echo "|---|---|---|---|"
"$load" floor "$db"
"$load" bare "127.0.0.1:$((port + 1))" >/dev/null &
bare=$!
trap 'kill $server $bare 2>/dev/null || true' EXIT
until curl -sf "http://127.0.0.1:$((port + 1))/" >/dev/null; do sleep 0.01; done
for clients in 1 8; do
    out=$(wrk -t1 -c"$clients" -d"${seconds}s" --latency "http://127.0.0.1:$((port + 1))/")
    echo "| tiny_http alone, two bytes, $clients clients | | $(micros "$(awk '$1 == "50%" { print $2 }' <<<"$out")") | $(micros "$(awk '$1 == "99%" { print $2 }' <<<"$out")") |"
done

size=$(stat -c %s "$db")
files=$(sqlite3 "file:$db?mode=ro" "SELECT total(size) FROM attachment")
echo
echo "| figure | value |"
echo "|---|---|"
echo "| start to first answer | $started ms |"
echo "| memory at rest | $rest |"
echo "| memory after all of this | $(memory) |"
echo "| binary | $(stat -c %s "$binary" | awk '{ printf "%.1f MB", $1 / 1e6 }') |"
echo "| file | $(awk -v f="$size" -v a="$files" -v m="$messages" 'BEGIN { printf "%.1f MB, of them %.1f MB files; without them %.0f bytes a message", f / 1e6, a / 1e6, (f - a) / m }') |"
