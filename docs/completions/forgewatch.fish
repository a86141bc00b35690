# Rendered from the table of commands: python -m tests.rendered

set -g __forgewatch_verbs \
    'forgewatch init' \
    'forgewatch watch' \
    'forgewatch audit' \
    'forgewatch status' \
    'forgewatch wait' \
    'forgewatch tail' \
    'forgewatch explain' \
    'forgewatch doctor' \
    'forgewatch ledger' \
    'forgewatch ledger show' \
    'forgewatch ledger verify' \
    'forgewatch ledger proof' \
    'forgewatch ledger export' \
    'forgewatch ledger adopt' \
    'forgewatch ledger restore' \
    'forgewatch ledger rotate'
set -g __forgewatch_takes \
    'forgewatch init --service' \
    'forgewatch init --config' \
    'forgewatch watch --config' \
    'forgewatch audit --claimed-files' \
    'forgewatch audit --phase' \
    'forgewatch audit --profile' \
    'forgewatch audit --base' \
    'forgewatch audit --replay' \
    'forgewatch audit --format' \
    'forgewatch audit --config' \
    'forgewatch status --config' \
    'forgewatch wait --timeout' \
    'forgewatch wait --config' \
    'forgewatch tail --config' \
    'forgewatch doctor --config' \
    'forgewatch ledger show --config' \
    'forgewatch ledger verify --key' \
    'forgewatch ledger verify --since' \
    'forgewatch ledger verify --config' \
    'forgewatch ledger proof --repository' \
    'forgewatch ledger proof --config' \
    'forgewatch ledger proof --output' \
    'forgewatch ledger export --repository' \
    'forgewatch ledger export --config' \
    'forgewatch ledger adopt --reason' \
    'forgewatch ledger adopt --repository' \
    'forgewatch ledger adopt --actor' \
    'forgewatch ledger adopt --config' \
    'forgewatch ledger restore --repository' \
    'forgewatch ledger restore --actor' \
    'forgewatch ledger restore --config' \
    'forgewatch ledger rotate --repository' \
    'forgewatch ledger rotate --actor' \
    'forgewatch ledger rotate --config'

# True at this place; with a number, where this operand is next (with `many`: this one or a later one).
function __forgewatch_at
    set -l place forgewatch
    set -l given 1
    set -l skip no
    set -l plain no
    set -l words (commandline -opc)
    set -e words[1]
    for word in $words
        if test $skip = yes
            set skip no
        else if test $plain = yes
            set given (math $given + 1)
        else if test "$word" = --
            set plain yes
        else if contains -- "$place $word" $__forgewatch_takes
            set skip yes
        else if test "$word" != -; and string match -q -- '-*' "$word"
            continue
        else if test $given -eq 1; and contains -- "$place $word" $__forgewatch_verbs
            set place "$place $word"
        else
            set given (math $given + 1)
        end
    end
    test "$place" = "$argv[1]"; or return
    set -q argv[2]; or return 0
    test $given -eq $argv[2]; or test "$argv[3]" = many -a $given -gt $argv[2]
end

complete -c forgewatch -f

complete -c forgewatch -n '__forgewatch_at \'forgewatch\' 1' -a 'init' -d 'create what a governed repository needs; install the service; make a demo'
complete -c forgewatch -n '__forgewatch_at \'forgewatch\' 1' -a 'watch' -d 'the daemon in the foreground'
complete -c forgewatch -n '__forgewatch_at \'forgewatch\' 1' -a 'audit' -d 'one audit now, recorded like the daemon\'s'
complete -c forgewatch -n '__forgewatch_at \'forgewatch\' 1' -a 'status' -d 'watcher, phase, last outcome, ledger; exit 0 running, 3 not running'
complete -c forgewatch -n '__forgewatch_at \'forgewatch\' 1' -a 'wait' -d 'wait for the result of the current diff log'
complete -c forgewatch -n '__forgewatch_at \'forgewatch\' 1' -a 'tail' -d 'one line per result'
complete -c forgewatch -n '__forgewatch_at \'forgewatch\' 1' -a 'explain' -d 'what a finding code means and how to mend it'
complete -c forgewatch -n '__forgewatch_at \'forgewatch\' 1' -a 'doctor' -d 'environment, limits, configuration, locks; each line with a remedy'
complete -c forgewatch -n '__forgewatch_at \'forgewatch\' 1' -a 'ledger' -d 'show, prove or export the record; adopt a commit; restore the ledger file; change the key'
complete -c forgewatch -n '__forgewatch_at \'forgewatch\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch\'' -l 'version' -d 'show program\'s version number and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch init\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch init\'' -l 'service' -d 'install the systemd unit' -x -a '\'user\' \'system\''
complete -c forgewatch -n '__forgewatch_at \'forgewatch init\'' -l 'uninstall' -d 'with --service: remove exactly what it installed'
complete -c forgewatch -n '__forgewatch_at \'forgewatch init\'' -l 'demo' -d 'fill a new folder with a sample project'
complete -c forgewatch -n '__forgewatch_at \'forgewatch init\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch init\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch init\' 1' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch watch\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch watch\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch watch\' 1 many' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch audit\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch audit\'' -l 'claimed-files' -d 'what the builder says it changed (default: what the diff log says)' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch audit\'' -l 'phase' -d 'the phase (default: what the diff log says)' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch audit\'' -l 'profile' -d 'severity profile; may only be stricter than the configured one' -x -a '\'dev\' \'strict\' \'ci\' \'release\''
complete -c forgewatch -n '__forgewatch_at \'forgewatch audit\'' -l 'base' -d 'for checkouts of a CI: the change is REV..HEAD' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch audit\'' -l 'replay' -d 'judge the stored inputs of an entry again (its number or its leaf), record nothing' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch audit\'' -l 'dry-run' -d 'judge, but record nothing'
complete -c forgewatch -n '__forgewatch_at \'forgewatch audit\'' -l 'format' -d 'how the result is written (default: text)' -x -a '\'text\' \'json\' \'sarif\' \'junit\' \'github\' \'markdown\''
complete -c forgewatch -n '__forgewatch_at \'forgewatch audit\'' -l 'json' -d 'the same as --format json'
complete -c forgewatch -n '__forgewatch_at \'forgewatch audit\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch audit\' 1' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch status\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch status\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch status\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch status\' 1' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch wait\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch wait\'' -l 'timeout' -d 'seconds to wait (default: 120)' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch wait\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch wait\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch wait\' 1' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch tail\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch tail\'' -s 'f' -l 'follow' -d 'go on with what comes'
complete -c forgewatch -n '__forgewatch_at \'forgewatch tail\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch tail\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch tail\' 1' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch explain\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch explain\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch explain\' 1' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch doctor\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch doctor\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch doctor\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch doctor\' 1' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger\' 1' -a 'show' -d 'the entries, each with its last outcome'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger\' 1' -a 'verify' -d 'prove the journal: signatures, tree, checkpoint, ledger file; exit 1 when it does not hold'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger\' 1' -a 'proof' -d 'a receipt for one entry, checkable offline (C2SP tlog-proof)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger\' 1' -a 'export' -d 'the journal, its checkpoint, its key and a verifier of their own into a new folder'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger\' 1' -a 'adopt' -d '(operator) move the anchor to COMMIT, HEAD by default'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger\' 1' -a 'restore' -d '(operator) write the ledger file back from the journal'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger\' 1' -a 'rotate' -d '(operator) sign with a new key from now on'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger show\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger show\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger show\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger show\' 1' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger verify\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger verify\'' -l 'key' -d 'the first public key, as you got it (default: the one in the state folder)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger verify\'' -l 'since' -d 'a checkpoint or a receipt that was kept earlier' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger verify\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger verify\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger verify\' 1' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger proof\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger proof\'' -l 'repository' -d 'the same as PATH' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger proof\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger proof\'' -l 'output' -d 'write it there (default: standard output)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger proof\' 1' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger proof\' 2' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger export\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger export\'' -l 'repository' -d 'the same as PATH' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger export\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger export\' 1' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger export\' 2' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger adopt\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger adopt\'' -l 'reason' -d 'kept in the record' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger adopt\'' -l 'repository' -d 'the same as PATH' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger adopt\'' -l 'yes' -d 'do not ask (needed without a terminal)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger adopt\'' -l 'actor' -d 'who decides (default: the user\'s name)' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger adopt\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger adopt\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger adopt\' 1' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger adopt\' 2' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger restore\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger restore\'' -l 'repository' -d 'the same as PATH' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger restore\'' -l 'yes' -d 'do not ask (needed without a terminal)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger restore\'' -l 'actor' -d 'who decides (default: the user\'s name)' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger restore\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger restore\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger restore\' 1' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger rotate\'' -s 'h' -l 'help' -d 'show this help message and exit'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger rotate\'' -l 'repository' -d 'the same as PATH' -x -a '(__fish_complete_directories)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger rotate\'' -l 'yes' -d 'do not ask (needed without a terminal)'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger rotate\'' -l 'actor' -d 'who decides (default: the user\'s name)' -x
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger rotate\'' -l 'json' -d 'the result as JSON'
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger rotate\'' -l 'config' -d 'configuration file (default: $FORGEWATCH_CONFIG, then the usual places)' -r -F
complete -c forgewatch -n '__forgewatch_at \'forgewatch ledger rotate\' 1' -x -a '(__fish_complete_directories)'
