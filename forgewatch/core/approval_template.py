"""The approval contract as a task begins with it: the text of the document (gated_apply), with what the machine knows filled in."""

from __future__ import annotations

from forgewatch.core.values import CommitId


def contract_text(task: str, repository: str, base: CommitId, date: str) -> str:
    """Return a new contract. `date` is `YYYY-MM-DD`. What only a person may fill in is left blank, and no box is ticked."""
    return _TEMPLATE.format(task=task, repository=repository, base=base, date=date)


_TEMPLATE = """\
# AI CHANGE APPROVAL CONTRACT

Task: {task}
Repository: {repository}
Base SHA: {base}
Date: {date}

---

## APPROVED SCOPE

The following changes are explicitly approved:

- [ ] Schema changes:
  - (list or NONE)

- [ ] Runtime code changes:
  - (list files + intent)

- [ ] Backfill scripts:
  - (list or NONE)

- [ ] Documentation-only changes:
  - (list)

---

## EXPLICITLY NOT APPROVED

- Any schema changes not listed above
- Any new fields or mappings not documented in:
  `.docs/reports/field-to-api-map.md`
- Any new vendor capabilities
- Any authentication bypasses

---

## DRIFT ACKNOWLEDGEMENTS

(List any intentional drift and justification)

---

## HUMAN APPROVAL

I approve the above scope and authorize Codex to apply changes.

Name: ____________________
Signature: _______________
Date: ____________________

---

## MACHINE GATE FILE

Create a file named:

APPROVED

With contents:

APPROVED:{task}:{base}

This file is required for execution.
"""
