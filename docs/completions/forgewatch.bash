# Rendered from the table of commands: python -m tests.rendered

_forgewatch_place() {
    verbs=() options=() takes=()
    case $place in
        forgewatch)
            verbs=(init watch audit status wait tail explain doctor test difflog ledger signoff authorize unblock dispute approve gate blocks)
            options=(-h --help --version)
            takes=()
            ;;
        'forgewatch init')
            options=(-h --help --boundaries --check --service --uninstall --demo --json --config)
            takes=(--boundaries --service --config)
            ;;
        'forgewatch watch')
            options=(-h --help --detach --config)
            takes=(--config)
            ;;
        'forgewatch audit')
            options=(-h --help --claimed-files --phase --profile --base --replay --dry-run --format --json --config)
            takes=(--claimed-files --phase --profile --base --replay --format --config)
            ;;
        'forgewatch status')
            options=(-h --help --watch --json --config)
            takes=(--config)
            ;;
        'forgewatch wait')
            options=(-h --help --timeout --json --config)
            takes=(--timeout --config)
            ;;
        'forgewatch tail')
            options=(-h --help -f --follow --json --config)
            takes=(--config)
            ;;
        'forgewatch explain')
            options=(-h --help --json)
            takes=()
            ;;
        'forgewatch doctor')
            options=(-h --help --json --config)
            takes=(--config)
            ;;
        'forgewatch test')
            options=(-h --help --scope --offline --repeat --json --config)
            takes=(--scope --repeat --config)
            ;;
        'forgewatch difflog')
            verbs=(start finish check finalize)
            options=(-h --help)
            takes=()
            ;;
        'forgewatch difflog start')
            options=(-h --help --phase --files --skeleton --token --watch --summary --notes --next-steps --repository --json --config)
            takes=(--phase --files --token --summary --notes --next-steps --repository --config)
            ;;
        'forgewatch difflog finish')
            options=(-h --help --verification --status --summary --notes --next-steps --repository --json --config)
            takes=(--verification --status --summary --notes --next-steps --repository --config)
            ;;
        'forgewatch difflog check')
            options=(-h --help --repository --json --config)
            takes=(--repository --config)
            ;;
        'forgewatch difflog finalize')
            options=(-h --help --repository --json --config)
            takes=(--repository --config)
            ;;
        'forgewatch ledger')
            verbs=(show summary commits verify proof export anchor adopt restore rotate)
            options=(-h --help)
            takes=()
            ;;
        'forgewatch ledger show')
            options=(-h --help --json --config)
            takes=(--config)
            ;;
        'forgewatch ledger summary')
            options=(-h --help --json --config)
            takes=(--config)
            ;;
        'forgewatch ledger commits')
            options=(-h --help --json --config)
            takes=(--config)
            ;;
        'forgewatch ledger verify')
            options=(-h --help --key --since --json --config)
            takes=(--key --since --config)
            ;;
        'forgewatch ledger proof')
            options=(-h --help --repository --config --output)
            takes=(--repository --config --output)
            ;;
        'forgewatch ledger export')
            options=(-h --help --repository --config)
            takes=(--repository --config)
            ;;
        'forgewatch ledger anchor')
            options=(-h --help --repository --config --json)
            takes=(--repository --config)
            ;;
        'forgewatch ledger adopt')
            options=(-h --help --reason --repository --yes --actor --json --config)
            takes=(--reason --repository --actor --config)
            ;;
        'forgewatch ledger restore')
            options=(-h --help --repository --yes --actor --json --config)
            takes=(--repository --actor --config)
            ;;
        'forgewatch ledger rotate')
            options=(-h --help --repository --yes --actor --json --config)
            takes=(--repository --actor --config)
            ;;
        'forgewatch signoff')
            options=(-h --help --auto --message --json --config)
            takes=(--message --config)
            ;;
        'forgewatch authorize')
            options=(-h --help --commit --yes --actor --request --sign --signed --key --signature --standing --phases --uses --days --json --config)
            takes=(--commit --actor --request --sign --signed --key --signature --phases --uses --days --config)
            ;;
        'forgewatch unblock')
            options=(-h --help --reason --phase --yes --actor --json --config)
            takes=(--reason --phase --actor --config)
            ;;
        'forgewatch dispute')
            options=(-h --help --reason --check --actor --json --config)
            takes=(--reason --check --actor --config)
            ;;
        'forgewatch approve')
            verbs=(init sign check)
            options=(-h --help)
            takes=()
            ;;
        'forgewatch approve init')
            options=(-h --help --repository --json --config)
            takes=(--repository --config)
            ;;
        'forgewatch approve sign')
            options=(-h --help --key --add --days --repository --yes --actor --json --config)
            takes=(--key --days --repository --actor --config)
            ;;
        'forgewatch approve check')
            options=(-h --help --paths --repository --json --config)
            takes=(--paths --repository --config)
            ;;
        'forgewatch gate')
            verbs=(read evidence)
            options=(-h --help)
            takes=()
            ;;
        'forgewatch gate read')
            options=(-h --help --phase --ack --actor --repository --json --config)
            takes=(--phase --actor --repository --config)
            ;;
        'forgewatch gate evidence')
            options=(-h --help --template --repository --json --config)
            takes=(--repository --config)
            ;;
        'forgewatch blocks')
            verbs=(list apply follow)
            options=(-h --help)
            takes=()
            ;;
        'forgewatch blocks list')
            options=(-h --help --json --config)
            takes=(--config)
            ;;
        'forgewatch blocks apply')
            options=(-h --help --json --config --dry-run)
            takes=(--config)
            ;;
        'forgewatch blocks follow')
            options=(-h --help --json --config --once)
            takes=(--config)
            ;;
    esac
}

_forgewatch_value() {
    case $1 in
        'forgewatch init --boundaries')
            words=(fastapi django flask nestjs next hono express gin echo chi python typescript go)
            ;;
        'forgewatch init --service')
            words=(user system)
            ;;
        'forgewatch init --config' | \
            'forgewatch watch --config' | \
            'forgewatch audit --config' | \
            'forgewatch status --config' | \
            'forgewatch wait --config' | \
            'forgewatch tail --config' | \
            'forgewatch doctor --config' | \
            'forgewatch test --config' | \
            'forgewatch difflog start --files' | \
            'forgewatch difflog start --config' | \
            'forgewatch difflog finish --config' | \
            'forgewatch difflog check --config' | \
            'forgewatch difflog check 1' | \
            'forgewatch difflog finalize --config' | \
            'forgewatch ledger show --config' | \
            'forgewatch ledger summary --config' | \
            'forgewatch ledger commits --config' | \
            'forgewatch ledger verify --key' | \
            'forgewatch ledger verify --since' | \
            'forgewatch ledger verify --config' | \
            'forgewatch ledger proof --config' | \
            'forgewatch ledger proof --output' | \
            'forgewatch ledger export --config' | \
            'forgewatch ledger anchor --config' | \
            'forgewatch ledger adopt --config' | \
            'forgewatch ledger restore --config' | \
            'forgewatch ledger rotate --config' | \
            'forgewatch signoff --config' | \
            'forgewatch authorize --request' | \
            'forgewatch authorize --sign' | \
            'forgewatch authorize --signed' | \
            'forgewatch authorize --key' | \
            'forgewatch authorize --signature' | \
            'forgewatch authorize --config' | \
            'forgewatch unblock --config' | \
            'forgewatch dispute --config' | \
            'forgewatch approve init --config' | \
            'forgewatch approve sign --key' | \
            'forgewatch approve sign --config' | \
            'forgewatch approve check --config' | \
            'forgewatch gate read --config' | \
            'forgewatch gate evidence --config' | \
            'forgewatch gate evidence 1' | \
            'forgewatch blocks list --config' | \
            'forgewatch blocks list 1' | \
            'forgewatch blocks apply --config' | \
            'forgewatch blocks apply 1' | \
            'forgewatch blocks follow --config' | \
            'forgewatch blocks follow 1')
            compopt -o default
            ;;
        'forgewatch init 1' | \
            'forgewatch watch '[1-9] | \
            'forgewatch watch '[1-9][0-9]* | \
            'forgewatch audit 1' | \
            'forgewatch status 1' | \
            'forgewatch wait 1' | \
            'forgewatch tail 1' | \
            'forgewatch doctor 1' | \
            'forgewatch test 1' | \
            'forgewatch difflog start --repository' | \
            'forgewatch difflog finish --repository' | \
            'forgewatch difflog check --repository' | \
            'forgewatch difflog finalize --repository' | \
            'forgewatch ledger show 1' | \
            'forgewatch ledger summary 1' | \
            'forgewatch ledger commits 1' | \
            'forgewatch ledger verify 1' | \
            'forgewatch ledger proof --repository' | \
            'forgewatch ledger proof 2' | \
            'forgewatch ledger export --repository' | \
            'forgewatch ledger export 2' | \
            'forgewatch ledger anchor --repository' | \
            'forgewatch ledger anchor 1' | \
            'forgewatch ledger adopt --repository' | \
            'forgewatch ledger adopt 2' | \
            'forgewatch ledger restore --repository' | \
            'forgewatch ledger restore 1' | \
            'forgewatch ledger rotate --repository' | \
            'forgewatch ledger rotate 1' | \
            'forgewatch signoff 1' | \
            'forgewatch authorize 1' | \
            'forgewatch unblock 1' | \
            'forgewatch dispute 2' | \
            'forgewatch approve init --repository' | \
            'forgewatch approve init 2' | \
            'forgewatch approve sign --repository' | \
            'forgewatch approve sign 2' | \
            'forgewatch approve check --repository' | \
            'forgewatch approve check 2' | \
            'forgewatch gate read --repository' | \
            'forgewatch gate read 1' | \
            'forgewatch gate evidence --repository' | \
            'forgewatch gate evidence 2' | \
            'forgewatch blocks list 2' | \
            'forgewatch blocks apply 2' | \
            'forgewatch blocks follow 2')
            compopt -o dirnames
            ;;
        'forgewatch audit --profile')
            words=(dev strict ci release)
            ;;
        'forgewatch audit --format')
            words=(text json sarif junit github markdown)
            ;;
        'forgewatch test --scope')
            words=(backend frontend)
            ;;
        'forgewatch difflog finish --status')
            words=(complete blocked)
            ;;
    esac
}

_forgewatch() {
    local IFS=' ' place=forgewatch given=1 wants='' plain='' word words i
    local -a verbs options takes
    COMPREPLY=()
    _forgewatch_place
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $wants ]]; then
            # `--option=value` is three words here.
            [[ $word == '=' ]] || wants=''
        elif [[ $plain ]]; then
            ((given++))
        elif [[ $word == -- ]]; then
            plain=1
        elif [[ " ${takes[*]} " == *" $word "* ]]; then
            wants=$word
        elif [[ $word == -?* ]]; then
            continue
        elif ((given == 1)) && [[ " ${verbs[*]} " == *" $word "* ]]; then
            place+=" $word"
            _forgewatch_place
        else
            ((given++))
        fi
    done
    words=()
    if [[ $wants ]]; then
        _forgewatch_value "$place $wants"
    elif [[ $2 == -* && ! $plain ]]; then
        words=("${options[@]}")
    else
        ((given > 1)) || words=("${verbs[@]}")
        _forgewatch_value "$place $given"
    fi
    for word in "${words[@]}"; do
        [[ $word != "$2"* ]] || COMPREPLY+=("$(printf %q "$word")")
    done
}

complete -F _forgewatch forgewatch
