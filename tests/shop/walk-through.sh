#!/usr/bin/env bash
# Walks through the shop of a running dibs that has its demo, as a customer does, and stops with a message at the
# first answer that is not what it should be. Needs curl and jq; leaves a new account behind, and no order.
#
#   tests/shop/walk-through.sh http://127.0.0.1:8080
set -euo pipefail

API=${1:-http://127.0.0.1:8080}/api/v1
EMAIL="walker-$(date +%s)-$$-$RANDOM@test.com"
PASSWORD=password123
DEAL=1
# What is shown of a deal is at most a second old; after this many seconds it is wrong.
SHOWN_WITHIN=10

status='' body='' steps=0
fail() { printf 'walk-through: %s\n' "$*" >&2; exit 1; }

for tool in curl jq; do
    command -v "$tool" >/dev/null || fail "there is no $tool on this machine"
done

# send METHOD PATH [argument of curl…]: leaves the answer in $status and $body
send() {
    local answer
    answer=$(curl -sS --max-time 20 -w '\n%{http_code}' -X "$1" "$API$2" -H 'content-type: application/json' "${@:3}") ||
        fail "$1 $2: no answer"
    status=${answer##*$'\n'} body=${answer%$'\n'*}
}

# step TEXT STATUS METHOD PATH [argument of curl…]: what is done, and what must come of it
step() {
    send "${@:3}"
    [ "$status" = "$2" ] || fail "$1: $3 $4 is $status and not $2: $body"
    steps=$((steps + 1))
    printf 'ok %2d  %s  %-24s %s %s\n' "$steps" "$status" "$1" "$3" "$4"
}

# holds FILTER [argument of jq…]: that it is true of the last answer
holds() { jq -e "${@:2}" "$1" <<<"$body" >/dev/null || fail "not so: $1 of $body"; }

# take FILTER: what it gives of the last answer, which must be something
take() { jq -er "$1" <<<"$body" || fail "nothing at $1 of $body"; }

# refused CODE: that the last answer is this refusal
refused() { holds '.success == false and .error.code == $code' --arg code "$1"; }

# stock: how many units of the deal nobody has, and how many are reserved
stock() {
    send GET "/timedeals/$DEAL"
    [ "$status" = 200 ] || fail "the stock of the deal: $status, $body"
    take '.data | "\(.available_quantity) available, \(.reserved_quantity) reserved"'
}

# stock_becomes TEXT STOCK: that the deal shows it soon
stock_becomes() {
    local until=$((SECONDS + SHOWN_WITHIN)) shown
    while true; do
        shown=$(stock)
        if [ "$shown" = "$2" ]; then break; fi
        [ "$SECONDS" -lt "$until" ] || fail "$1: the deal still shows $shown and not $2"
        sleep 0.2
    done
    steps=$((steps + 1))
    printf 'ok %2d  %s\n' "$steps" "$1: $shown"
}

step 'it is well' 200 GET /health
holds '.data.status == "healthy"'

step 'a new customer' 201 POST /auth/register -d "{\"email\":\"$EMAIL\",\"password\":\"$PASSWORD\",\"name\":\"Walker\"}"
step 'the same e-mail again' 409 POST /auth/register -d "{\"email\":\"$EMAIL\",\"password\":\"$PASSWORD\",\"name\":\"Walker\"}"
refused DUPLICATE_EMAIL
step 'signs in' 200 POST /auth/login -d "{\"email\":\"$EMAIL\",\"password\":\"$PASSWORD\"}"
token=$(take .data.access_token)
me=(-H "authorization: Bearer $token")
step 'with a wrong password' 401 POST /auth/login -d "{\"email\":\"$EMAIL\",\"password\":\"not-$PASSWORD\"}"
refused INVALID_CREDENTIALS
for customer in user1@test.com user2@test.com; do
    step "$customer is there" 200 POST /auth/login -d "{\"email\":\"$customer\",\"password\":\"$PASSWORD\"}"
done

step 'what there is' 200 GET /timedeals
holds '[.data[].id] | contains(["1", "2", "3", "4", "5"])'
holds '.meta | .total >= 5 and .page == 1 and .per_page == 20'
step 'what can be ordered' 200 GET '/timedeals?status=active'
holds 'any(.data[]; .id == $deal) and all(.data[]; .status == "active")' --arg deal "$DEAL"
step 'what comes next' 200 GET '/timedeals?status=scheduled'
holds 'all(.data[]; .status == "scheduled" and .remaining_seconds > 0)'
step 'one of them' 200 GET "/timedeals/$DEAL"
holds '.data | .status == "active" and .stock_quantity == 100'
holds '.data | .original_price == 45000 and .deal_price == 29900 and .discount_rate == 34'
step 'one that is not there' 404 GET /timedeals/99999
refused NOT_FOUND
before=$(stock)
available=${before%% *} reserved=${before%% reserved} reserved=${reserved##* }

step 'an order' 201 POST /orders "${me[@]}" -d "{\"time_deal_id\":$DEAL,\"quantity\":1}"
holds '.data | .status == "reserved" and .unit_price == 29900 and .total_price == 29900'
order=$(take .data.id)
stock_becomes 'one is taken' "$((available - 1)) available, $((reserved + 1)) reserved"
step 'without a token' 401 POST /orders -d "{\"time_deal_id\":$DEAL,\"quantity\":1}"
refused UNAUTHORIZED
step 'a hundred' 400 POST /orders "${me[@]}" -d "{\"time_deal_id\":$DEAL,\"quantity\":100}"
refused INVALID_QUANTITY

step 'my orders' 200 GET /orders "${me[@]}"
holds '[.data[].id] == [$order]' --arg order "$order"
step 'my order' 200 GET "/orders/$order" "${me[@]}"
holds '.data | .id == $order and .status == "reserved"' --arg order "$order"
step 'I do not want it' 200 DELETE "/orders/$order" "${me[@]}"
holds '.data.status == "canceled"'
step 'and once more' 400 DELETE "/orders/$order" "${me[@]}"
refused ALREADY_CANCELED
stock_becomes 'stock is back where it was' "$before"

printf 'walk-through: all %d steps went as they should\n' "$steps"
