# Rendered from the table of commands: python -m tests.rendered

_forgewatch_place() {
    verbs=() options=() takes=()
    case $place in
        forgewatch)
            verbs=(init watch audit status wait tail explain doctor ledger)
            options=(-h --help --version)
            takes=()
            ;;
        'forgewatch init')
            options=(-h --help --service --uninstall --demo --json --config)
            takes=(--service --config)
            ;;
        'forgewatch watch')
            options=(-h --help --config)
            takes=(--config)
            ;;
        'forgewatch audit')
            options=(-h --help --claimed-files --phase --profile --base --replay --dry-run --format --json --config)
            takes=(--claimed-files --phase --profile --base --replay --format --config)
            ;;
        'forgewatch status')
            options=(-h --help --json --config)
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
        'forgewatch ledger')
            verbs=(show verify proof export adopt restore rotate)
            options=(-h --help)
            takes=()
            ;;
        'forgewatch ledger show')
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
    esac
}

_forgewatch_value() {
    case $1 in
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
            'forgewatch ledger show --config' | \
            'forgewatch ledger verify --key' | \
            'forgewatch ledger verify --since' | \
            'forgewatch ledger verify --config' | \
            'forgewatch ledger proof --config' | \
            'forgewatch ledger proof --output' | \
            'forgewatch ledger export --config' | \
            'forgewatch ledger adopt --config' | \
            'forgewatch ledger restore --config' | \
            'forgewatch ledger rotate --config')
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
            'forgewatch ledger show 1' | \
            'forgewatch ledger verify 1' | \
            'forgewatch ledger proof --repository' | \
            'forgewatch ledger proof 2' | \
            'forgewatch ledger export --repository' | \
            'forgewatch ledger export 2' | \
            'forgewatch ledger adopt --repository' | \
            'forgewatch ledger adopt 2' | \
            'forgewatch ledger restore --repository' | \
            'forgewatch ledger restore 1' | \
            'forgewatch ledger rotate --repository' | \
            'forgewatch ledger rotate 1')
            compopt -o dirnames
            ;;
        'forgewatch audit --profile')
            words=(dev strict ci release)
            ;;
        'forgewatch audit --format')
            words=(text json sarif junit github markdown)
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
